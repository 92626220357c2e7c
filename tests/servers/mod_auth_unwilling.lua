-- An authentication that lets nobody in, for the reason that the setting `unwilling` names (RFC 6120 section 6.5).
local condition = module:get_option_string("unwilling", "temporary-auth-failure");

local handler = {};
handler.__index = handler;
function handler:mechanisms() return { ["SCRAM-SHA-1"] = true }; end
function handler:select() return true; end
function handler:process() return "failure", condition; end
function handler:clean_clone() return setmetatable({}, handler); end

module:provides("auth", {
	get_sasl_handler = function () return setmetatable({}, handler); end;
	create_user = function () return true; end;
	user_exists = function () return true; end;
});
