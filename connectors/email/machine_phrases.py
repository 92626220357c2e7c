"""What machines write in subjects and at the beginning or the end of a text, language by language. Data.

Regular expressions on folded text. A subject is matched from its beginning, after no "Re:": what a person could write
about a parcel, a holiday or a machine must not be here, but for LIKELY, which counts only beside other evidence.
"""


# ruff: noqa: RUF001 - the letters of other scripts are meant

from __future__ import annotations

# Subjects of notices of non-delivery that no person writes, of a mail or of a parcel.
BOUNCE_SUBJECTS = (
    r"undelivered mail returned to sender",
    r"undeliverable(?: mail| message| e-?mail| address)?\s?(?::|$|;)",
    r"undeliverable (?:mail|message)\b",
    r"mail delivery (?:failed|failure|error|status|system|subsystem)",
    r"delivery status notification",
    r"returned mail\s?[:;-]",
    r"failure notice$",
    r"mail system error",
    r"message status - undeliverable",
    r"non-?deliver(?:y|able|ed)\b.{0,20}(?:report|notification|receipt)",
    r"nondeliverable mail",
    r"warning: (?:could not send message|message .{0,60}delayed|e-?mail delayed|message still undelivered)",
    r"postmaster notify",
    r"ndn:|ndr:",
    r"dsn\b.{0,20}(?:fail|delay)",
    r"benachrichtig?ung zum ubermittlungsstatus|zustellstatusbenachrichtigung",
    r"notification d'etat de (?:la )?remise|notificacion (?:de|del) estado de (?:la )?entrega",
    r"notifica (?:sullo |dello )?stato (?:del )?recapito|notificacao do (?:status|estado) de entrega",
    r"系统退信|系統退信|退信通知|配信不能通知|未送达邮件",
)
# Subjects that a machine writes of a mail, and a person of a parcel.
LIKELY_BOUNCE_SUBJECTS = (
    r"delivery (?:failure|failed|error|problem|report|notification|status|delay)|delayed|undeliver",
    r"unable to deliver",
    (
        r"(?:message|mail|delivery)\b.{0,40}(?:fail|reject|refus|return|undeliver|not (?:be )?deliver|delay"
        r"|block|error|bounc)"
    ),
    r"fail|reject|refus|return|unknown|bounc|warning|error|problem|invalid|mailbox|notification|report",
    r"could not|couldn't",
    r"zugestellt|zustell|echec|non remis|distribu|delivre|erreur|entreg|rebotad|devuelt|devolvid|errore",
    r"recapit|consegna",
    r"anomalia|bezorgd|bestelbaar|afgeleverd|geweigerd|lever|avvisad|afvist|avvist|toimit|virhe|niedostarcz",
    r"dostarcz",
    r"odrzucon|zwrot|doruc|odmitnut|chyba|достав|вручен|ошибк|помилк|未|退|失败|失敗|エラー|配|不達|返送|배달|teslim",
    r"iletilemedi|hata",
)

# "Automatic", in subjects: with a colon, an end, or what it answers behind it.
AUTOMATIC_SUBJECTS = (
    (
        r"auto(?:matic|mated)?[- ]?(?:reply|response|responder|answer|reply message)\b ?(?:$|[:(\[\-!,.]|from\b"
        r"|to\b|re\b|for\b)"
    ),
    r"automatische? (?:antwort|beantwortung|ruckantwort|e-mail-antwort)|autom\. ?antwort|automatisch antwoord",
    r"autoantwort",
    r"reponse automatique|respuesta automatica|contestacion automatica|risposta automatica|resposta automatica",
    r"autosvar|automatiskt? svar|automaattinen vastaus|automaattivastaus|autoreply|autosvarer",
    r"odpowiedz automatyczna|automatyczna odpowiedz|autoodpowiedz|automaticka odpoved|autoodpoved",
    r"автоматическ(?:ий|ии) ответ|автоответ|автоматична відповідь|автовідповідь|автоматична відповідь",
    r"автоматичн\S{1,4} відповід",
    r"自动回复|自動回覆|自动答复|自動答覆|自动应答|自動応答|自動返信|자동 회신|자동 응답",
    r"otomatik (?:yanit|cevap)|automatikus valasz|raspuns automat|αυτοματη απαντηση",
)
# Absence: a person may write of it, so the program's colon, or nothing more, has to follow.
ABSENCE_SUBJECTS = (
    r"out of (?:the )?office(?: (?:auto-?reply|reply|message|notification|response|notice))? ?(?:$|[:(\[]|re:)",
    (
        r"(?:ooo|away from (?:the|my) (?:office|desk|mail)|vacation (?:message|notice|reply)|on vacation"
        r"|holiday notice) ?(?::|$)"
    ),
    r"(?:abwesenheits(?:notiz|assistent|nachricht|meldung|agent)|abwesend|abwesenheit|ausser haus|urlaub) ?:",
    r"abwesenheits(?:notiz|assistent|nachricht|meldung)\b",
    (
        r"(?:absence(?: du bureau)?|absent(?:e)?(?: du bureau)?|message d'absence|en conges?|notification"
        r" d'absence) ?:"
    ),
    r"message d'absence|absence du bureau",
    r"(?:fuera de (?:la )?oficina|ausente|ausencia|de vacaciones|estoy fuera) ?:|fuera de (?:la )?oficina$",
    r"(?:fuori (?:sede|ufficio)|assente|assenza|assenza dall'ufficio) ?:|fuori (?:sede|ufficio)$",
    r"(?:fora do escritorio|ausente|ausencia|ausencia temporaria) ?:|fora do escritorio$",
    r"(?:afwezig|afwezigheid|afwezigheidsassistent|niet aanwezig) ?:|afwezigheids(?:assistent|bericht)",
    r"(?:franvaro|franvarande|ej pa kontoret|franvaromeddelande) ?:|franvaro(?:meddelande|assistent)",
    r"(?:fravaer|fravaerende|ikke til stede|ikke pa kontoret|fravaersassistent|fraværende|fravær) ?:",
    r"(?:poissa|poissaolo|poissaoloviesti|lomalla|poissa toimistosta) ?:|poissaoloviesti",
    r"(?:poza biurem|nieobecnosc|nieobecny|nieobecna|na urlopie) ?:|poza biurem$",
    r"(?:mimo kancelar|nepritomnost|jsem mimo kancelar|nepritomen) ?:|mimo kancelar$",
    r"(?:вне офиса|отсутству\S{1,3}|нет на месте|в отпуске|отсутствие на работе) ?:|вне офиса$",
    r"(?:поза офісом|поза офисом|відсутн\S{1,4}|у відпустці) ?:",
    r"(?:外出|不在通知|不在のお知らせ|不在|休假|外出自动回复) ?(?::|$)",
    r"(?:ofis disinda\S{0,4}|ofis disi|izinde\S{0,4}|yillik izin) ?:|ofis disinda\S{0,4}$",
)

# Sentences that only a machine writes of itself, at the beginning of a line.
SELF_DESCRIPTIONS = (
    (
        r"(?:please note:? )?this is an? (?:auto(?:mated|matic|matically[- ]generated)|system[- ]generated)(?:"
        r" e-?mail)? (?:e-?mail|message|reply|response|notification|acknowledge?ment)"
    ),
    (
        r"this (?:e-?mail|message|mail) (?:was|is|has been) (?:auto(?:matically|-)? ?(?:generated|sent|created)"
        r"|(?:generated|sent|created) automatically)"
    ),
    (
        r"dies(?:e[rs]?)? (?:ist|e-mail|mail|nachricht)\b.{0,30}automatisch (?:generiert|erstellt|erzeugt"
        r"|versend|verschickt)"
    ),
    r"ceci est un (?:message|e-?mail|courriel|courrier) automatique",
    r"(?:ce|cet) (?:message|e-?mail|courriel|mail) (?:a ete|est) (?:genere|envoye) automatiquement",
    (
        r"este (?:es un )?(?:mensaje|correo|e-?mail) (?:es |ha sido |fue |se ha )?(?:automatico|generado"
        r" automaticamente|enviado automaticamente)"
    ),
    (
        r"(?:questo|questa) (?:e un |e una )?(?:messaggio|e-?mail|mail) (?:e stat[ao] )?(?:automatic[ao]"
        r"|generat[ao] automaticamente)"
    ),
    r"(?:esta|este) (?:e uma |e um )?(?:mensagem|e-?mail) (?:foi )?(?:automatic[ao]|gerad[ao] automaticamente)",
    r"dit is een automatisch|deze e-?mail (?:is|werd) automatisch|dit bericht (?:is|werd) automatisch",
    r"detta (?:ar ett automatiskt|meddelande (?:har )?(?:skapats|skickats|genererats) automatiskt)",
    r"detta ar ett auto",
    r"dette er en automatisk",
    r"denne (?:e-?mail|mail|e-?post) (?:er|ble|blev) (?:sendt |generert |genereret )?automatisk",
    r"tama on automaattinen|tama viesti on (?:lahetetty )?automaattis",
    r"(?:ta|niniejsza) wiadomosc (?:zostala |jest )?(?:wygenerowana |wyslana )?automatycz",
    r"(?:toto je|tento e-?mail (?:je|byl)|tato zprava (?:je|byla)) (?:vygenerovan[ay] |odeslan[ay] )?automatick",
    (
        r"(?:это|данное|настоящее) (?:сообщение |письмо )?(?:было |является )?(?:автоматическ|(?:создано"
        r"|сформировано|отправлено) автоматически)"
    ),
    (
        r"(?:це|цеи|дане) (?:повідомлення |лист )?(?:було |є )?(?:автоматичн|(?:створено|надіслано|згенеровано)"
        r" автоматично)"
    ),
    r"(?:此|本)(?:邮件|郵件|邮件|信件)(?:为|為|是|由)?(?:系统|系統)?(?:自动|自動)",
    r"(?:この|本)(?:メール|電子メール)は.{0,30}自動(?:的に)?(?:送信|配信|返信|生成)",
    r"bu (?:e-posta|ileti|mesaj|eposta) (?:otomatik|sistem tarafindan)",
)
# Sentences that a person may begin ("Please do not reply to this mail, call me"): all of a sentence, or with a word of
# machines in its line.
DO_NOT_REPLY = (
    r"(?:please )?do not (?:reply|respond) to this (?:automated |automatic |e-?mail |system )?(?:e-?mail|message|mail)",
    r"(?:bitte )?antworten sie (?:bitte )?nicht auf diese (?:e-?mail|mail|nachricht)",
    r"(?:merci de|veuillez) ne pas repondre a (?:ce|cet) (?:message|e-?mail|courriel|mail)",
    r"(?:por favor,? )?no responda a este (?:mensaje|correo|e-?mail)",
    r"(?:si prega di )?non rispondere a quest[ao] (?:messaggio|e-?mail|mail)",
    r"(?:por favor,? )?nao responda a? ?est[ae] (?:mensagem|e-?mail)",
    r"(?:gelieve )?(?:niet te antwoorden op|niet antwoorden op|beantwoord) (?:dit bericht|deze e-?mail)(?: niet)?",
    r"(?:var god )?svara inte pa detta (?:meddelande|mail|mejl)",
    r"(?:venligst |vennligst )?(?:svar ikke|ikke svar) pa denne (?:e-?mail|mail|e-?post\S{0,2}|besked|meldingen)",
    r"ala vastaa tahan (?:viestiin|sahkopostiin)",
    r"prosimy? nie odpowiadac na te (?:wiadomosc|e-?mail)",
    r"(?:prosim,? )?neodpovidejte na t(?:ento e-?mail|uto zpravu)",
    r"(?:пожалуйста,? )?не отвечаите на это (?:сообщение|письмо)",
    r"(?:будь ласка,? )?не відповідайте на (?:це|цей) (?:повідомлення|лист)",
    r"(?:请|請)(?:勿|不要)(?:直接)?(?:回复|回覆)(?:此|本)(?:邮件|郵件)",
    r"この(?:メール|電子メール)に(?:は)?返信(?:しないでください|できません)",
    r"lutfen bu (?:e-posta|ileti|mesaj)\S{0,3} (?:yanitlamayin|cevap vermeyin)\S{0,3}",
)
MACHINE_WORDS = (
    r"automat|automaat|otomatik|автомат|自动|自動|monitor|unattended|system|no-?reply|mailbox|postfach|inbox|"
    r"notification|robot|сист|uberwacht|gelesen|consult|adresse|address|direccion|indirizzo|endereco"
)
