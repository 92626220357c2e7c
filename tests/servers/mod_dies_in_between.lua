-- Dies as by a power cut when the account `shop` gives it a certain message: after it has written it into that account's
-- archive (mod_mam does that at priority 0), and before it passes it on. Once: what is sent again is passed on.
local pposix = require "util.pposix";
local died = prosody.paths.data .. "/died";

module:hook("pre-message/bare", function (event)
	local body = event.stanza:get_child_text("body");
	if event.origin.username ~= "shop" or not body or not body:find("the server dies here", 1, true) or io.open(died) then
		return;
	end
	io.open(died, "w"):close();
	os.execute("kill -9 " .. pposix.getpid());
end, -10);
