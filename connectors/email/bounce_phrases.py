"""What mail servers write when a mail does not arrive, and what it means. Data.

Regular expressions on folded text, from the words of the servers themselves (qmail, Exim, Postfix, Sendmail, Exchange,
Notes, the big providers), and of gateways in other languages.
"""

# ruff: noqa: E501 - phrases are not broken

from __future__ import annotations

# A text that speaks so is a notice of non-delivery. No person writes these sentences, but people forward them: they
# count in the first lines of a mail only.
NOTICES = (
    r"this is the (?:qmail|mail system|mail delivery|postfix|mailer-daemon|courier|netscape messaging|mdaemon)",
    r"(?:hi|hello)[.!,]? (?:i'm|this is) the (?:qmail|mail|postfix|smtp)",
    (
        r"this (?:message|report|e-?mail) (?:was|is|has been) (?:created|generated|sent)? ?automatically by"
        r" (?:the )?(?:mail delivery|mail (?:system|server|gateway)|exim|smtp|internet mail)"
    ),
    (
        r"(?:i'm|i am|we're|we are) (?:sorry|afraid)[^.]{0,40}(?:not able|wasn't able|unable|couldn't|could not"
        r"|inform you)"
    ),
    (
        r"(?:a|your|the)?( following| attached| enclosed| original)? ?(?:message|mail|e-?mail)s? (?:that you"
        r" sent |you sent |to .{0,80} )?(?:could not|couldn't|cannot|can't|was not|wasn't|has not been|did not"
        r"|can not) (?:be )?(?:deliver|reach|sent)"
    ),
    (
        r"(?:delivery|deliver) (?:to|of|for) .{0,120}(?:fail|delay|unsuccessful|has not|was not|could not|is"
        r" delayed|not possible)"
    ),
    (
        r"(?:the )?following (?:recipient|address|mail|person|user|message)\S{0,5}( \S{1,20}){0,3} (?:could not"
        r"|had|have|has|cannot|failed|did not|were not|was not|is|are|did not receive)"
    ),
    (
        r"\W{0,12}the following address(?:es|\(es\))? (?:had|has|have) (?:permanent|transient|delivery|failed"
        r"|non-?fatal)"
    ),
    r"-{2,} ?transcript of session follows|transcript of session",
    (
        r"your (?:message|mail|e-?mail)( to .{0,100})? (?:did not reach|has not been delivered|was not"
        r" delivered|was rejected|is undeliverable|has been (?:delayed|rejected|blocked|returned)|was returned"
        r"|couldn't be delivered|wasn't delivered|bounced)"
    ),
    r"(?:this|it) is a (?:permanent|temporary) (?:error|failure)|giving up on|i've given up",
    r"sorry it didn't work out",
    r"(?:undeliverable|undelivered) (?:mail|message|to|recipient)|failed recipient",
    r"delivery (?:failed|failure|error|report)\b",
    r"unable to deliver|could not deliver|cannot deliver|can't deliver|failed to deliver",
    r"was unable to (?:deliver|send)|not deliverable",
    r"(?:message|mail) (?:could not|cannot|can not) be (?:delivered|sent)|returned (?:mail|message|to sender)",
    r"remote (?:host|server|mta) (?:said|returned|responded|replied)|(?:host|server|smtp).{0,80} said:",
    r"reporting-mta:",
    r"mail (?:delivery|system) (?:failed|error|failure|subsystem)|action: (?:failed|delayed)",
    r"recipient address:",
    (
        r"(?:ihre |die )?(?:nachricht|e-?mail|mail).{0,100}(?:nicht (?:zugestellt|zustellbar|ubermittelt"
        r"|ausgeliefert)|unzustellbar)"
    ),
    (
        r"(?:votre |le )?(?:message|courriel|courrier|mail).{0,100}(?:n'a pas pu|n'a pas ete|non (?:remis"
        r"|distribue|delivre)|impossible)"
    ),
    r"(?:su |el |tu )?(?:mensaje|correo).{0,100}(?:no (?:se )?(?:pudo|ha podido|puede|fue|ha sido)|no entregado)",
    r"(?:il |questo )?(?:suo |tuo )?messaggio.{0,100}(?:non (?:e stato|puo|e possibile|ha potuto)|impossibile)",
    r"(?:sua |a )?(?:mensagem|correio).{0,100}nao (?:pode|foi|p[uo]de)",
    r"(?:uw |het )?bericht.{0,100}(?:niet (?:worden )?(?:bezorgd|afgeleverd|verzonden)|onbestelbaar)",
    (
        r"(?:ditt |din |dit )?(?:meddelande|meddelelse|melding|besked|mail).{0,100}(?:inte|ikke)"
        r" .{0,20}(?:lever|ntrega)"
    ),
    r"viesti\S{0,4} .{0,80}(?:ei voi|ei voitu|toimittaminen|epaonnistui)",
    r"wiadomosc.{0,100}(?:nie mog|nie zostala dostarcz|niedostarcz)|zprav[au].{0,100}(?:nelze|nebyla|nedoruc)",
    r"(?:сообщение|письмо).{0,100}(?:не (?:может|было|удалось|доставлен)|невозможно)",
    r"(?:повідомлення|лист).{0,100}не (?:може|вдалося|було|доставлен)",
    r"(?:邮件|郵件|信件).{0,40}(?:无法|無法|未能|不能|退回|被退)|退信|(?:很抱歉|抱歉).{0,40}(?:无法|被退回|未能)",
    r"(?:配信|配達|送信|送達).{0,20}(?:でき|失敗|不能|エラー)|(?:宛先|あて先|メールアドレス).{0,30}(?:見つかり|存在しま|ございま|不明)|お届けできません",
    r"(?:ileti|mesaj|e-posta).{0,80}(?:teslim edilemedi|iletilemedi|gonderilemedi)",
)

# Who speaks so in a notice that no daemon sent is a person who tells of one.
FIRST_PERSON = (
    "i", "i'm", "my", "me", "ich", "mein", "meine", "meiner", "mir", "mich", "je", "j'ai", "mon", "mes", "yo", "mi", "mis",
    "io", "mio", "mia", "eu", "meu", "minha", "ik", "mijn", "jag", "mitt", "mina", "jeg", "mine", "minä", "minun", "mój",
    "moje", "mnie", "já", "můj", "mně", "я", "мой", "моя", "мне", "мій", "моя", "мені", "我", "我的", "私", "ben", "benim",
)  # fmt: skip

# From here on a notice shows the mail that it returns: nothing below speaks of the failure.
RETURNED_FROM = (
    (
        r"-{2,} ?(?:below this line is a copy of|this is a copy of|the header of the original|original message"
        r"|returned message|message (?:header|text) follows|unsent message|the body of the original|message"
        r" body follows|original mail|the unsent)"
    ),
    (
        r"(?:-{3,} ?)?(?:the )?(?:original|returned|unsent|failed|undelivered) (?:message|mail)(?:"
        r" \(?headers?\)?)?(?: follows| below| is attached|:)"
    ),
    (
        r"(?:your|the) (?:original )?message (?:header )?(?:follows|headers? (?:are|follow)|reads|is (?:as"
        r" follows|included|below|appended)|begins)"
    ),
    r"(?:start|beginning) of (?:returned|original|forwarded|unsent)|message headers? follows?",
    r"included is a copy of",
    r"-{3,} ?(?:forwarded|ursprungliche|message d'origine|mensaje original)|received: from .{3,}",
    r"return-path: ?<",
    r"\| ?message text follows|={3,} ?original|content-type: message/rfc822|content-type: text/rfc822-headers",
)

# Why, as an enhanced status code (RFC 3463); the first that is found counts. Class 4 only where the words say "for now".
REASONS = (
    (
        "4.4.7",
        (
            (
                r"(?:will|shall|we'll|i'll) (?:keep|continue|be|retry|try)( \S{1,12}){0,4} (?:try|retry|retried"
                r"|attempt|deliver)"
            ),
            r"will be retried|still trying",
        ),
    ),
    (
        "4.4.7",
        (
            r"(?:do not|don't|no) need to resend|not yet been delivered|has been delayed|is delayed",
            r"still (?:un|not )delivered|warning message only|this is (?:just )?a warning|wird weiter versucht",
            r"noch nicht zugestellt|delayed \d",
        ),
    ),
    (
        "4.7.0",
        (
            r"gr[ea]ylist|temporar\S{0,4} (?:reject|defer|block)|try again later|please try later|rate limit",
            r"too many (?:connections|messages)|deferred",
        ),
    ),
    (
        "5.1.1",
        (
            (
                r"(?:user|recipient|mailbox|account|address|addressee|person|alias|local part)\S{0,2}(?:"
                r" \S{1,40}){0,5} ?(?:unknown|not found|does ?n[o']t exist|is ?n[o']t (?:known|found|valid"
                r"|listed|a valid|recognized|local|active)|not exist|invalid|no longer|unavailable here|not"
                r" (?:listed|known|recognized))"
            ),
        ),
    ),
    (
        "5.1.1",
        (
            (
                r"(?:unknown|no such|invalid|non-?exist\S{0,3}|bad|undefined|unrecognized|nonexistent)"
                r" (?:\S{1,30} )?(?:user|recipient|mailbox|account|address|addressee|local|person|alias"
                r"|destination)"
            ),
        ),
    ),
    (
        "5.1.1",
        (
            (
                r"(?:empfanger|adressat|benutzer|postfach|mailadresse|adresse)\S{0,3}.{0,40}(?:unbekannt"
                r"|existiert nicht|nicht gefunden|ungultig)"
            ),
        ),
    ),
    (
        "5.1.1",
        (
            (
                r"(?:destinataire|utilisateur|adresse|destinatario|utente|usuario|buzon|casella|ontvanger"
                r"|mottagar\S{0,4}|modtager\S{0,4}|mottaker\S{0,3}|vastaanottaj\S{0,3}|adresat"
                r"|prijemc\S{0,2}).{0,50}(?:inconnu|n'existe pas|introuvable|desconocid|no existe|inesistente"
                r"|non esiste|sconosciut|nao existe|onbekend|bestaat niet|okand|finns inte|ukendt|findes ikke"
                r"|ukjent|finnes ikke|tuntematon|nie istnieje|nieznan|neexistuje|neznam)"
            ),
        ),
    ),
    (
        "5.1.1",
        (
            (
                r"(?:адресат|получател|пользовател|ящик|одержувач|користувач|скриньк).{0,50}(?:не (?:найден"
                r"|существует|зарегистрирован|знаиден|існує)|неизвест|невідом)"
            ),
        ),
    ),
    (
        "5.1.1",
        (
            r"(?:收件人|用户|用戶|邮箱|郵箱|地址).{0,20}(?:不存在|未找到|无效|無效|错误)",
            r"(?:宛先|ユーザ|アドレス).{0,30}(?:存在しません|見つかりません|不明|ございません)",
            r"(?:alici|kullanici).{0,30}(?:bulunamadi|yok|bilinmiyor)",
        ),
    ),
    (
        "5.1.1",
        (
            r"(?:user|recipient|address)\S{0,2} does ?n[o']t have an? .{0,40}account|no (?:\S{1,20} )?(?:mailbox|account) ",
            r"(?:mailbox|account|recipient) (?:name )?(?:is )?(?:not recognized|not found|rejected)",
        ),
    ),
    (
        "5.1.2",
        (
            (
                r"(?:host|domain|server|site)\S{0,2}(?: \S{1,60}){0,3} ?(?:unknown|not found|does ?n[o']t exist"
                r"|could not be found|not exist|unrouteable)"
            ),
            r"unknown (?:host|domain|mail domain)|no such (?:host|domain)|host or domain name not found",
            r"name (?:service|server)( error|.{0,20}not found)|unrouteable (?:mail )?(?:domain|address)",
            r"nxdomain|no (?:mx|a) record|no mail (?:exchanger|server)|illegal host",
        ),
    ),
    (
        "5.2.2",
        (
            (
                r"(?:mailbox|quota|inbox|mail ?box|account|user|storage|disk)\S{0,3}(?: \S{1,40}){0,4} ?(?:full"
                r"|exceed|over ?quota|over (?:its|the|their) (?:\S{1,12} )?(?:quota|limit|size)|limit|too large"
                r"|overdrawn)"
            ),
            r"over ?quota|quota exceed|insufficient (?:disk|storage|space)|postfach.{0,20}voll",
            r"boite.{0,30}pleine|buzon.{0,20}lleno|casella.{0,20}piena|mailbox is vol|邮箱.{0,10}(?:满|已满)|いっぱい",
            r"容量|переполнен|kota",
        ),
    ),
    (
        "5.2.1",
        (
            (
                r"(?:mailbox|account|user|address)\S{0,2}(?: \S{1,30}){0,4} ?(?:disabled|suspended|inactive"
                r"|deactivated|closed|locked|expired|unavailable|not accepting|discontinued)"
            ),
        ),
    ),
    (
        "5.2.3",
        (
            r"(?:message|mail)\S{0,2}( \S{1,20}){0,4} (?:too (?:large|big|long)|exceeds?)",
            r"size (?:limit )?exceed|larger than",
        ),
    ),
    (
        "5.4.7",
        (
            (
                r"(?:could not|cannot|unable|not been able|have not).{0,80}(?:for|within|after) (?:the last "
                r"|the past )?\d+ ?(?:\.\d )?(?:hour|day|minute)"
            ),
            r"retry (?:time|timeout|limit)\S{0,3} ?(?:not reached|exceed|expire)",
            r"(?:delivery|message|queue) (?:time )?(?:has )?(?:expired|timed out|time ?out)",
            r"retry time not reached|too (?:long|many hops)? ?in (?:the )?queue",
            r"maximum (?:retr|time|number of)|expired|max(?:imum)? retries|aborted after|giving up|given up",
        ),
    ),
    (
        "4.4.1",
        (
            r"connection (?:timed out|timeout|refused|reset|lost|dropped|died|was dropped)",
            r"timed? ?out (?:while|waiting|during|with)|no route to host|network (?:is )?unreachable",
            r"host (?:is )?(?:down|unreachable)|could not connect|unable to connect",
            r"connect(?:ion)? (?:failed|error)|not responding|no answer from",
        ),
    ),
    (
        "5.4.6",
        (
            r"loop(?:s|ing)? (?:detect|back)|mail loop|too many hops|hop count|routing loop",
            r"loops back to myself",
        ),
    ),
    (
        "5.7.1",
        (
            r"relay(?:ing)?(?: \S{1,20}){0,3} (?:denied|not (?:allowed|permitted)|prohibited|deny)",
            r"access denied|not authorized|not permitted|spam|blacklist|blocklist|blocked|black list|policy",
            r"rejected|refused|prohibited|content|virus|dkim|dmarc|spf\b|reputation|denied",
        ),
    ),
)

# Words by which a failure is for now, where no code says it.
TEMPORARY = (
    r"temporar(?:y|ily)|transient|persistent transient|vorubergehend|temporairement|temporaneamente",
    r"temporalmente|will (?:be retried|retry|keep trying|continue to|try again)|временно|tijdelijk|tillfallig",
    r"midlertidig|tilapai|tymczasow|docasn|暂时|暫時|一時的|gecici",
)
PERMANENT = (
    r"permanent (?:error|failure|fatal)|fatal error|permanently|giving up|given up|endgultig|definitiv",
    r"permanente|будет удалено",
)
