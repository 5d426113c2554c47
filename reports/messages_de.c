/* The catalogue in German; messages.h says what may stand in a text. */
#include "messages.h"

const char *const messages_de[MSG_COUNT] = {
    /* The page: head, header, navigation, footer. */
    [MSG_PAGE_TITLE] = "Microsoft-365-Audit: {a}",
    [MSG_PAGE_KICKER] = "Microsoft-365-Sicherheitsaudit",
    [MSG_PAGE_SKIP] = "Zum Bericht springen",
    [MSG_PAGE_SECTIONS] = "Abschnitte",
    [MSG_PAGE_DOMAIN] = "Domäne",
    [MSG_PAGE_TENANT_ID] = "Mandanten-ID",
    [MSG_PAGE_COLLECTED] = "Belege erhoben",
    [MSG_PAGE_RULES] = "Regeln",
    [MSG_PAGE_PROFILE] = "Profil",
    [MSG_PAGE_PREPARED_BY] = "Erstellt von",
    [MSG_PAGE_PREPARED_FOR] = "Erstellt für",
    [MSG_PAGE_RULES_AS_OF] = "{n}, Stand {a}",
    [MSG_NOT_READ] = "nicht gelesen",
    [MSG_NOT_EVALUATED_LOWER] = "nicht bewertet",
    [MSG_NOT_RECORDED] = "nicht festgehalten",
    [MSG_STAMP_INTERRUPTED] = "Erhebung unterbrochen",
    [MSG_STAMP_NOT_EVALUATED] = "Nicht bewertet",
    [MSG_STAMP_INCOMPLETE] = "Belege unvollständig",
    [MSG_STAMP_COMPLETE] = "Belege vollständig",
    [MSG_STAMP_REDACTED] = "Geschwärzt: {a}",
    [MSG_REDACTED_UPN] =
        "Für Anmeldenamen, Mailadressen und Anzeigenamen stehen Kennzeichen (upn).",
    [MSG_REDACTED_IP] = "Für IP-Adressen stehen Kennzeichen (ip).",
    [MSG_REDACTED_SECRET] = ("Für alles, was wie ein Geheimnis aussieht, steht ein Kennzeichen "
                             "(secret)."),
    [MSG_REDACTED_REST] = ("Das gilt, soweit sie erkannt wurden. Objekt-IDs, Domänen und die Namen "
                           "von Richtlinien, Gruppen und des Mandanten stehen da wie gelesen."),
    [MSG_CONFIDENTIAL] =
        "Vertraulich: Dieser Bericht nennt Personen und die Lücken in ihrem Schutz.",
    [MSG_CONFIDENTIAL_SHORT] = "Vertraulich",
    [MSG_FOOTER] = ("Geschrieben von graphaudit {a} aus einem einzigen Stand der Belege. Im "
                    "Mandanten wurde nichts geändert."),
    [MSG_FOOTER_DIGEST] = ("Geschrieben von graphaudit {a} aus einem einzigen Stand der Belege "
                           "(SHA-256 {b}…). Im Mandanten wurde nichts geändert."),
    [MSG_CONTENTS] = "Inhalt",

    /* Headings of sections, and their names in the navigation. */
    [MSG_SEC_SUMMARY] = "Zusammenfassung",
    [MSG_SEC_SMTP] = "SMTP AUTH: welche Postfächer mit einem Passwort senden können",
    [MSG_SEC_CA] = "Bedingter Zugriff: wer erfasst ist und wer nicht",
    [MSG_SEC_FAIL] = "Befunde",
    [MSG_SEC_NOT_EVALUATED] = "Nicht bewertet",
    [MSG_SEC_MANUAL] = "Manuelle Prüfungen",
    [MSG_SEC_WAIVED] = "Ausgenommen",
    [MSG_SEC_NOT_APPLICABLE] = "Nicht anwendbar",
    [MSG_SEC_PASS] = "Erfüllt",
    [MSG_SEC_APPENDIX] = "Anhang",
    [MSG_NAV_SUMMARY] = "Zusammenfassung",
    [MSG_NAV_SMTP] = "SMTP AUTH",
    [MSG_NAV_CA] = "Bedingter Zugriff",

    /* What stored words look like. */
    [MSG_OUTCOME_ERROR] = "Programmfehler",
    [MSG_OUTCOME_FAIL] = "Verletzt",
    [MSG_OUTCOME_NOT_EVALUATED] = "Nicht bewertet",
    [MSG_OUTCOME_MANUAL] = "Manuell prüfen",
    [MSG_OUTCOME_WAIVED] = "Ausgenommen",
    [MSG_OUTCOME_PASS] = "Erfüllt",
    [MSG_OUTCOME_NOT_APPLICABLE] = "Nicht anwendbar",
    [MSG_SEVERITY_CRITICAL] = "Kritisch",
    [MSG_SEVERITY_HIGH] = "Hoch",
    [MSG_SEVERITY_MEDIUM] = "Mittel",
    [MSG_SEVERITY_LOW] = "Niedrig",
    [MSG_SEVERITY_INFO] = "Hinweis",
    [MSG_REASON_PERMISSION] = "Berechtigung fehlt",
    [MSG_REASON_LICENCE] = "Lizenz fehlt",
    [MSG_REASON_API_ERROR] = "Fehler des Dienstes",
    [MSG_REASON_THROTTLED] = "gedrosselt",
    [MSG_REASON_TRUNCATED] = "abgeschnitten",
    [MSG_REASON_DEADLINE] = "Zeit abgelaufen",
    [MSG_REASON_NOT_COLLECTED] = "nicht erhoben",
    [MSG_REASON_MALFORMED] = "Antwort nicht verstanden",
    [MSG_REASON_MANUAL] = "braucht einen Menschen",
    [MSG_REASON_WAIVER] = "ausgenommen",
    [MSG_ADVICE_PERMISSION] =
        "Der App-Registrierung gewähren, Administratorzustimmung erteilen und neu erheben.",
    [MSG_ADVICE_LICENCE] =
        ("Der Mandant hat dafür keine Lizenz. Ohne sie ist die Einstellung nicht "
         "lesbar; zu entscheiden ist, ob die Maßnahme nötig ist."),
    [MSG_ADVICE_API_ERROR] = ("Der Dienst antwortete mit einem Fehler. Neu erheben; bleibt er, die "
                              "Anfrage-ID unten dem Microsoft-Support nennen."),
    [MSG_ADVICE_THROTTLED] =
        ("Der Dienst lehnte wegen Last immer wieder ab. Zu ruhigerer Zeit oder "
         "mit kleinerem --concurrency neu erheben."),
    [MSG_ADVICE_TRUNCATED] = "Die Liste kam nicht vollständig an. Neu erheben.",
    [MSG_ADVICE_DEADLINE] = "Mit längerer --deadline neu erheben.",
    [MSG_ADVICE_NOT_COLLECTED] =
        "Dieser Stand wurde ohne sie erhoben. Mit den Regeln, die sie brauchen, neu erheben.",
    [MSG_ADVICE_MALFORMED] =
        ("Die Antwort des Dienstes hatte nicht die dokumentierte Form, deshalb "
         "wurde nicht geraten. Neu erheben; bleibt es so, als Fehler melden."),
    [MSG_SERVICE_RUN] = "Das Audit selbst",
    [MSG_SERVICE_ENTRA] = "Entra ID",
    [MSG_SERVICE_EXCHANGE] = "Exchange Online",
    [MSG_SERVICE_DNS] = "DNS",
    [MSG_VERDICT_ALLOW] = "Kann senden",
    [MSG_VERDICT_BLOCK] = "Gestoppt",
    [MSG_VERDICT_CONDITIONAL] = "Bedingt",
    [MSG_VERDICT_UNKNOWN] = "Unbekannt",
    [MSG_VERDICT_NOT_APPLICABLE] = "Nicht anwendbar",
    [MSG_LAYER_TENANT] = "Schalter der Organisation",
    [MSG_LAYER_MAILBOX] = "Schalter des Postfachs",
    [MSG_LAYER_AUTH_POLICY] = "Authentifizierungsrichtlinie",
    [MSG_LAYER_ACCOUNT] = "Konto",
    [MSG_LAYER_SECURITY_DEFAULTS] = "Sicherheitsstandards",
    [MSG_LAYER_CA] = "Bedingter Zugriff",
    [MSG_LAYER_MFA] = "MFA pro Benutzer",
    [MSG_LAYER_LICENCE] = "Lizenz",
    [MSG_LAYER_FEDERATION] = "Verbundanmeldung",
    [MSG_LAYER_SERVICE] = "Microsofts Abschaltung der Standardauthentifizierung",
    [MSG_STATE_COMPLETE] = "vollständig",
    [MSG_STATE_PARTIAL] = "teilweise",
    [MSG_STATE_FAILED] = "gescheitert",
    [MSG_STATE_SKIPPED] = "ausgelassen",
    [MSG_EFFORT_LOW] = "Gering",
    [MSG_EFFORT_MEDIUM] = "Mittel",
    [MSG_EFFORT_HIGH] = "Hoch",

    /* Executive summary. */
    [MSG_SUM_NO_EVALUATION] = ("Dieser Stand enthält Belege, aber keine Regel wurde darauf "
                               "bewertet. Nichts hier sagt, ob der Mandant sicher ist."),
    [MSG_SUM_NO_RULE] = "Keine Regel wurde gewählt, also gibt es kein Urteil.",
    [MSG_SUM_FAIL] = ("{n} von {of} bewerteten Regeln ist verletzt.|{n} von {of} bewerteten Regeln "
                      "sind verletzt."),
    [MSG_SUM_FAIL_SEVERE] =
        ("{n} von {of} bewerteten Regeln ist verletzt, {more} davon kritisch oder hoch.|{n} von "
         "{of} bewerteten Regeln sind verletzt, {more} davon kritisch oder hoch."),
    [MSG_SUM_NONE_FOUND] = "In dem, was gelesen werden konnte, ist keine Regel verletzt.",
    [MSG_SUM_NONE_FAILS] = "Keine Regel ist verletzt.",
    [MSG_SUM_ALL_PASS] = "Jede anwendbare Regel ist erfüllt oder ausgenommen.",
    [MSG_SUM_UNJUDGED] = ("{n} Regel konnte nicht bewertet werden und zählt nicht als erfüllt.|{n} "
                          "Regeln konnten nicht bewertet werden und zählen nicht als erfüllt."),
    [MSG_SUM_MANUAL] = "{n} Regel braucht einen Menschen.|{n} Regeln brauchen einen Menschen.",
    [MSG_COVERAGE] = "Abdeckung: {n} von {of} Regeln wurden bewertet.",
    [MSG_COVERAGE_PARTIAL] =
        ("{n} verletzte Regel sah nur einen Teil der Belege: weitere Objekte "
         "können betroffen sein.|{n} verletzte Regeln sahen nur einen Teil der "
         "Belege: weitere Objekte können betroffen sein."),
    [MSG_WAIT_RESOURCES] = ("{n} Regel hat Objekte, die nicht bewertet werden konnten|{n} Regeln "
                            "haben Objekte, die nicht bewertet werden konnten"),
    [MSG_WAIT_NEED] = "{n} Regel wartet auf {*} ({a})|{n} Regeln warten auf {*} ({a})",
    [MSG_WAIT_EVIDENCE] = "{n} Regel wartet auf Belege ({a})|{n} Regeln warten auf Belege ({a})",
    [MSG_WAIT_ERROR] =
        "{n} Regel lief nicht (Programmfehler)|{n} Regeln liefen nicht (Programmfehler)",
    [MSG_TILE_OF] = " von {of}",
    [MSG_TILE_JUDGED] = "Regeln bewertet",
    [MSG_TILE_FAIL] = "Regeln verletzt",
    [MSG_TILE_SEVERE] = "davon kritisch oder hoch",
    [MSG_TILE_SMTP] = "Postfächer können mit Passwort senden",
    [MSG_TILE_SMTP_SOME] = "Postfächer können mit Passwort senden, manche nur unter Bedingungen",
    [MSG_TILE_MFA] = "Personen können sich allein mit Passwort anmelden",
    [MSG_COL_OUTCOME] = "Ergebnis",
    [MSG_COL_RULES] = "#Regeln",
    [MSG_COL_MEANING] = "Bedeutung",
    [MSG_MEANS_FAIL] = "Mindestens ein Objekt verletzt die Regel.",
    [MSG_MEANS_ERROR] = "Die Regel ließ sich nicht ausführen: ein Fehler, kein Urteil.",
    [MSG_MEANS_NOT_EVALUATED] = "Belege fehlen, also gibt es kein Urteil.",
    [MSG_MEANS_MANUAL] = "Das kann nur ein Mensch beurteilen.",
    [MSG_MEANS_WAIVED] = "Jede Verletzung ist durch eine Ausnahme gedeckt.",
    [MSG_MEANS_PASS] = "Jedes Objekt wurde gelesen und hält die Regel ein.",
    [MSG_MEANS_NOT_APPLICABLE] = "In diesem Mandanten gibt es dafür nichts zu bewerten.",
    [MSG_CAP_OUTCOMES] = "Regeln nach Ergebnis",
    [MSG_CAP_SEVERITIES] = "Verletzte Regeln nach Schweregrad",
    [MSG_COL_SEVERITY] = "Schweregrad",
    [MSG_COL_RESOURCES] = "#Objekte",
    [MSG_COL_RULE] = "Regel",
    [MSG_COL_FOUND] = "Was gefunden wurde",
    [MSG_COL_EFFORT] = "Aufwand",
    [MSG_CAP_WORST] = "Die {n} schwersten von {of} Befunden",
    [MSG_CAP_ALL_WORST] = "Alle Befunde, die schwersten zuerst",

    /* Past runs. */
    [MSG_TREND] = "Frühere Läufe",
    [MSG_TREND_RULES] = "Regeln je Lauf",
    [MSG_TREND_SMTP] = "Postfächer je Lauf: Senden mit Passwort",
    [MSG_TREND_FAILED] = "verletzt",
    [MSG_TREND_NOT_EVALUATED] = "nicht bewertet",
    [MSG_TREND_ALLOWED] = "können senden (manche unter Bedingungen)",
    [MSG_TREND_UNKNOWN] = "unbekannt",
    [MSG_TREND_BLOCKED] = "gestoppt",
    [MSG_TREND_LINE] = "{a}: {of} im ersten Lauf, {n} im letzten",
    [MSG_TREND_DESCRIPTION] = "{n} Lauf von {a} bis {b}:|{n} Läufe von {a} bis {b}:",
    [MSG_TREND_SHOW] = "Frühere Läufe in Zahlen",
    [MSG_TREND_NO_VERDICT] = "kein Urteil",
    [MSG_CAP_TREND] = "Die letzten {n} von {of} Läufen, der neueste zuerst",
    [MSG_COL_RUN] = "Belege vom",
    [MSG_COL_RUN_FAILED] = "#Verletzte Regeln",
    [MSG_COL_RUN_UNJUDGED] = "#Nicht bewertete Regeln",
    [MSG_COL_RUN_PASSED] = "#Erfüllte Regeln",
    [MSG_COL_RUN_FINDINGS] = "#Verletzende Objekte",
    [MSG_COL_RUN_ALLOWED] = "#Postfächer, die senden können (manche unter Bedingungen)",
    [MSG_COL_RUN_UNKNOWN] = "#Unbekannte Postfächer",
    [MSG_COL_RUN_BLOCKED] = "#Gestoppte Postfächer",

    /* SMTP AUTH: the three layers. */
    [MSG_SMTP_UNDERIVED] = ("Postfächer wurden gelesen, aber kein Urteil über sie abgeleitet: "
                            "graphaudit evaluate auf diesen Stand anwenden."),
    [MSG_SMTP_UNREAD] = ("Die Liste der Postfächer wurde nicht gelesen, also ist über SMTP AUTH je "
                         "Postfach nichts bekannt."),
    [MSG_SMTP_NONE] = "Der Mandant hat keine Postfächer.",
    [MSG_GATE_TENANT] = "1. Mandant",
    [MSG_GATE_POLICY] = "2. Sicherheitsrichtlinie",
    [MSG_GATE_MAILBOX] = "3. Postfach",
    [MSG_GATE_END] = "Alle drei zusammen",
    [MSG_GATE_TENANT_WHAT] = "Der SMTP-AUTH-Schalter der Organisation, für Postfächer ohne eigenen",
    [MSG_GATE_POLICY_WHAT] =
        "Sicherheitsstandards, Bedingter Zugriff, Authentifizierungsrichtlinien, MFA pro Benutzer",
    [MSG_GATE_MAILBOX_WHAT] = "Der eigene Schalter des Postfachs, sein Konto und seine Lizenz",
    [MSG_GATE_END_WHAT] = "Mit Passwort gesendete Mail wird angenommen",
    [MSG_GATE_PASS] = "{*} von {of} hier nicht gestoppt",
    [MSG_GATE_PASS_END] = "{*} von {of} können senden",
    [MSG_GATE_ALLOW] = "hier nicht gestoppt",
    [MSG_GATE_CONDITIONAL] = "bedingt",
    [MSG_GATE_UNKNOWN] = "unbekannt",
    [MSG_GATE_BLOCK] = "hier gestoppt",
    [MSG_END_ALLOW] = "können senden",
    [MSG_END_CONDITIONAL] = "unter Bedingungen",
    [MSG_END_UNKNOWN] = "unbekannt",
    [MSG_END_BLOCK] = "gestoppt",
    [MSG_GATES_LABEL] =
        "Die Ebenen, auf die eine Anmeldung mit Passwort trifft, in ihrer Reihenfolge",
    [MSG_FLOW_TITLE] =
        ("Von {n} Postfächern werden {a} von Ebene 1 nicht gestoppt, {b} von Ebene 1 "
         "und 2 nicht, {c} von keiner."),
    [MSG_COL_LAYER] = "Ebene",
    [MSG_COL_ALLOW] = "#Hier nicht gestoppt",
    [MSG_COL_CONDITIONAL] = "#Bedingt",
    [MSG_COL_UNKNOWN] = "#Unbekannt",
    [MSG_COL_BLOCK] = "#Hier gestoppt",
    [MSG_COL_PAST] = "#Daran und an den vorigen vorbei",
    [MSG_CAP_LAYERS] = "Postfächer danach, was jede Ebene mit einer Anmeldung mit Passwort macht",
    [MSG_READY_LABEL] = "Bereit für Ende Dezember 2026?",
    [MSG_READY_REMOVED] = ("Nach dem angegebenen Datum, dem {a}, hat Microsoft die "
                           "Standardauthentifizierung für SMTP "
                           "AUTH endgültig entfernt: keine Einstellung bringt sie zurück."),
    [MSG_READY_WILL_GO] = ("Nach dem angegebenen Datum entfernt Microsoft die "
                           "Standardauthentifizierung für SMTP AUTH "
                           "am {a} endgültig: danach bringt sie keine Einstellung zurück."),
    [MSG_READY_MUST_MOVE] =
        ("Was sich mit Passwort anmeldet, muss auf OAuth umziehen, für Mail "
         "innerhalb der Organisation auf High Volume Email, oder auf ein Relay."),
    [MSG_READY_BEFORE] =
        ("Microsoft schaltet die Standardauthentifizierung für SMTP AUTH in bestehenden Mandanten "
         "Ende Dezember 2026 standardmäßig aus; Administratoren können sie wieder einschalten."),
    [MSG_READY_AFFECTED] =
        ("{n} Postfach, das heute mit Passwort senden kann, wird dann gestoppt, wenn das, was sich "
         "anmeldet, nicht vorher auf OAuth umzieht oder die Standardauthentifizierung wieder "
         "eingeschaltet wird.|{n} Postfächer, die heute mit Passwort senden können, werden dann "
         "gestoppt, wenn das, was sich anmeldet, nicht vorher auf OAuth umzieht oder die "
         "Standardauthentifizierung wieder eingeschaltet wird."),
    [MSG_READY_AFFECTED_SOME] =
        ("{n} Postfach, das heute mit Passwort senden kann (manche unter Bedingungen), wird dann "
         "gestoppt, wenn das, was sich anmeldet, nicht vorher auf OAuth umzieht oder die "
         "Standardauthentifizierung wieder eingeschaltet wird.|{n} Postfächer, die heute mit "
         "Passwort senden können (manche unter Bedingungen), werden dann gestoppt, wenn das, was "
         "sich anmeldet, nicht vorher auf OAuth umzieht oder die Standardauthentifizierung wieder "
         "eingeschaltet wird."),
    [MSG_READY_UNKNOWN] =
        "Bei {n} Postfach ist es unbekannt.|Bei {n} Postfächern ist es unbekannt.",
    [MSG_READY_AFTER] =
        ("Seit Ende Dezember 2026 ist die Standardauthentifizierung für SMTP AUTH in bestehenden "
         "Mandanten standardmäßig aus, außer ein Administrator hat sie wieder eingeschaltet. "
         "Dieser "
         "Bericht kann den Schalter nicht sehen und sagt deshalb „bedingt“, wo jede andere Ebene "
         "ein Postfach senden lässt."),
    [MSG_READY_USE_KNOWN] = "SMTP-Anmeldungen im Protokoll:",
    [MSG_READY_USE_UNREAD] = ("Das Anmeldeprotokoll wurde nicht ganz gelesen: ein Postfach ohne "
                              "Anmeldung hier kann trotzdem in Gebrauch sein."),
    [MSG_CAP_READY] = ("Postfächer, die mit Passwort senden können oder könnten, nach Gebrauch und "
                       "möglichem Umzug"),
    [MSG_COL_USE] = "Gebrauch",
    [MSG_COL_MAILBOXES] = "#Postfächer",
    [MSG_COL_OAUTH_READY] = "#OAuth nicht gestoppt",
    [MSG_COL_OAUTH_NOT] = "#OAuth gestoppt, bedingt oder unbekannt",
    [MSG_USE_SEEN] = "Meldete sich laut Protokoll über SMTP an: zuerst umziehen",
    [MSG_USE_UNSEEN] = "Keine SMTP-Anmeldung im Protokoll: nachfragen, dann schließen",
    [MSG_SMTP_PARTIAL] =
        "Die Liste der Postfächer ist unvollständig: es kann mehr geben als hier gezählt.",
    [MSG_SMTP_MISSING] = ("Nicht vollständig gelesen: {a}. Wo eine Ebene davon abhängt, gilt ihre "
                          "Wirkung als unbekannt."),
    [MSG_SWITCH_ON] = "Der Schalter der Organisation steht auf Ein.",
    [MSG_SWITCH_OFF] = "Der Schalter der Organisation steht auf Aus.",
    [MSG_SWITCH_UNKNOWN] = "Der Schalter der Organisation ist unbekannt.",
    [MSG_SWITCH_COUNTS] =
        "Postfächer, die ihm folgen: {n}; die ihn mit Ein übergehen: {of}, mit Aus: {more}.",
    [MSG_SWITCH_UNREAD] = ("Bei {n} Postfach ist der Schalter unbekannt.|Bei {n} Postfächern ist "
                           "der Schalter unbekannt."),
    [MSG_COL_MAILBOX] = "Postfach",
    [MSG_COL_PASSWORD] = "Mit Passwort",
    [MSG_COL_LAST_SEEN] = "Letzte SMTP-Anmeldung",
    [MSG_COL_DECIDED] = "Entschieden durch",
    [MSG_COL_OAUTH] = "Mit OAuth",
    [MSG_COL_TODO] = "Was zu tun ist",
    [MSG_SMTP_WORKS] = "Geht heute. Was sich anmeldet, auf OAuth umziehen.",
    [MSG_SMTP_NEVER_SEEN] = "keine gesehen",
    [MSG_SMTP_EXPLANATION] = "Erklärung",
    [MSG_SMTP_CONFIDENCE] = "Sicherheit: {a}.",
    [MSG_CAP_CAN_SEND] =
        "Postfächer, die mit Passwort senden können oder könnten ({n} von {of} gezeigt)",
    [MSG_CAP_STOPPED] = "Postfächer, die gestoppt werden ({n} von {of} gezeigt)",
    [MSG_SHOW_STOPPED] = ("Das {n} Postfach zeigen, das nicht mit Passwort senden kann|Die {n} "
                          "Postfächer zeigen, die nicht mit Passwort senden können"),
    [MSG_MAILBOXES_MORE] = "{*} führt alle auf.",
    [MSG_STOPPED_ON_SCREEN] = "Gestoppte Postfächer sind am Bildschirm aufgeführt, nicht im Druck.",

    /* Conditional Access. */
    [MSG_CA_DEFAULTS_ON] = "Sicherheitsstandards sind eingeschaltet.",
    [MSG_CA_DEFAULTS_OFF] = "Sicherheitsstandards sind ausgeschaltet.",
    [MSG_CA_DEFAULTS_UNKNOWN] = "Sicherheitsstandards sind unbekannt (nicht gelesen).",
    [MSG_CA_LIST_PARTIAL] = "Die Liste der Richtlinien ist unvollständig: es kann weitere geben.",
    [MSG_CA_UNREAD] =
        ("Die Richtlinien für Bedingten Zugriff waren nicht lesbar, also ist über sie "
         "nichts bekannt."),
    [MSG_CA_COUNT] = "{n} Richtlinie:|{n} Richtlinien:",
    [MSG_CA_STATES] = "{n} ein, {of} nur Bericht, {more} aus.",
    [MSG_CA_STATES_OTHER] = "{n} in einem anderen Zustand.",
    [MSG_CA_PEOPLE_UNREAD] = ("Benutzer, Gruppen oder Rollen wurden nicht ganz gelesen: es können "
                              "mehr Personen ausgenommen sein als hier gezählt."),
    [MSG_CAP_CA] =
        ("Die Karte des Bedingten Zugriffs: was jede Richtlinie von wem verlangt, welche "
         "Konten sie erreicht und welche sie auslässt"),
    [MSG_COL_POLICY] = "Richtlinie",
    [MSG_COL_STATE] = "Zustand",
    [MSG_COL_ASKS] = "Verlangt was, von wem, wo",
    [MSG_COL_REACHES] = "Erreicht",
    [MSG_COL_LEFT_OUT] = "Ausgenommen, auf welchem Weg",
    [MSG_CA_ON] = "Ein",
    [MSG_CA_REPORT] = "Nur Bericht",
    [MSG_CA_OFF] = "Aus",
    [MSG_CA_NO_CONTROL] = "keine Bedingung für den Zugriff",
    [MSG_CA_NO_SCOPE] = "nicht gesagt, von wem",
    [MSG_CA_REACHED_OF] = " von {of}",
    [MSG_CA_OFF_NOBODY] = "Aus: niemanden",
    [MSG_CA_NOT_PEOPLE] = "Keine Personen",
    [MSG_CA_NOBODY] = "Niemand",
    [MSG_CA_NOT_KNOWN] = "Unbekannt",
    [MSG_CA_LEFT] = "{*} Konto:|{*} Konten:",
    [MSG_CA_LEFT_AT_LEAST] = "mindestens {*} Konto:|mindestens {*} Konten:",
    [MSG_CA_WHO] = "Wer",
    [MSG_CA_WHO_MORE] = "{a} und {n} weitere",
    [MSG_CA_PART_REACHED] = "erreicht",
    [MSG_CA_PART_PERHAPS] = "vielleicht erreicht",
    [MSG_CA_PART_OUT] = "ausgenommen",
    [MSG_CA_PART_REST] = "nicht benannt",
    [MSG_CA_PATH_USER] = "{n} direkt benannt",
    [MSG_CA_PATH_GROUP] = "{n} durch Gruppe „{a}“",
    [MSG_CA_PATH_ROLE] = "{n} durch Rolle „{a}“",
    [MSG_CA_PATH_GUEST] = "{n} durch Gasttyp „{a}“",
    [MSG_CA_PATH_MORE] = "und {n} weiterer Weg|und {n} weitere Wege",
    [MSG_CA_AND] = " und ",
    [MSG_CA_OR] = " oder ",
    [MSG_CA_STRENGTH] = "Authentifizierungsstärke {a}",
    [MSG_CA_TERMS] = "Nutzungsbedingungen",
    [MSG_CA_BLOCK] = "Zugriff blockieren",
    [MSG_CA_MFA] = "MFA",
    [MSG_CA_COMPLIANT] = "konformes Gerät",
    [MSG_CA_JOINED] = "hybrid eingebundenes Gerät",
    [MSG_CA_APPROVED] = "genehmigte App",
    [MSG_CA_PROTECTED] = "geschützte App",
    [MSG_CA_PASSWORD] = "Passwortänderung",
    [MSG_CA_RISK] = "Behebung des Risikos",
    [MSG_CA_ALL_USERS] = "alle",
    [MSG_CA_NO_USERS] = "niemand",
    [MSG_CA_GUESTS] = "Gäste",
    [MSG_CA_ALL_APPS] = "alle Apps",
    [MSG_CA_NO_APP] = "keine App",
    [MSG_CA_OFFICE] = "Office 365",
    [MSG_CA_PORTALS] = "Verwaltungsportale",
    [MSG_CA_ALL_PLACES] = "jeder Standort",
    [MSG_CA_ALL_PLATFORMS] = "alle Plattformen",
    [MSG_CA_N_USER] = "{n} Benutzer|{n} Benutzer",
    [MSG_CA_N_GROUP] = "{n} Gruppe|{n} Gruppen",
    [MSG_CA_N_ROLE] = "{n} Rolle|{n} Rollen",
    [MSG_CA_N_GUEST] = "{n} Gasttyp|{n} Gasttypen",
    [MSG_CA_N_PRINCIPAL] = "{n} Dienstprinzipal|{n} Dienstprinzipale",
    [MSG_CA_N_APP] = "{n} App|{n} Apps",
    [MSG_CA_N_ACTION] = "{n} Benutzeraktion|{n} Benutzeraktionen",
    [MSG_CA_N_CLIENT] = "{n} Client-Typ|{n} Client-Typen",
    [MSG_CA_N_PLATFORM] = "{n} Plattform|{n} Plattformen",
    [MSG_CA_N_PLACE] = "{n} Standort|{n} Standorte",
    [MSG_CA_N_CONTEXT] = "{n} Authentifizierungskontext|{n} Authentifizierungskontexte",
    [MSG_CA_N_USER_RISK] = "{n} Benutzerrisikostufe|{n} Benutzerrisikostufen",
    [MSG_CA_N_SIGN_IN_RISK] = "{n} Anmelderisikostufe|{n} Anmelderisikostufen",
    [MSG_CA_INCOMPLETE] = "Die Tabellen unten beruhen auf unvollständigen Belegen.",
    [MSG_CAP_MFA] = ("Aktive Konten nach MFA, wie Richtlinien, Sicherheitsstandards und MFA pro "
                     "Benutzer zusammenwirken"),
    [MSG_CAP_LEGACY] = "Aktive Konten nach Legacyauthentifizierung",
    [MSG_COL_MFA] = "MFA",
    [MSG_COL_LEGACY] = "Legacyauthentifizierung",
    [MSG_COL_PEOPLE] = "#Personen",
    [MSG_MFA_ALWAYS] = "Immer",
    [MSG_MFA_SOMETIMES] = "Manchmal",
    [MSG_MFA_NEVER] = "Nie",
    [MSG_LEGACY_BLOCKED] = "Blockiert",
    [MSG_LEGACY_CONDITIONAL] = "Bedingt",
    [MSG_LEGACY_ALLOWED] = "Erlaubt",
    [MSG_EFFECT_UNKNOWN] = "Unbekannt",
    [MSG_MFA_ALWAYS_MEANS] = "Keine Anmeldung mit einem modernen Client gelingt ohne MFA.",
    [MSG_MFA_SOMETIMES_MEANS] = "Manche Anmeldungen brauchen MFA, andere gelingen ohne.",
    [MSG_MFA_NEVER_MEANS] = "Keine Anmeldung wird zu MFA gezwungen.",
    [MSG_EFFECT_UNKNOWN_MEANS] = "Hängt von dem ab, was nicht gelesen wurde.",
    [MSG_LEGACY_BLOCKED_MEANS] = "Anmeldungen allein mit Passwort werden abgelehnt.",
    [MSG_LEGACY_CONDITIONAL_MEANS] = "Nur unter manchen Bedingungen abgelehnt.",
    [MSG_LEGACY_ALLOWED_MEANS] = "Nichts hier lehnt eine Anmeldung allein mit Passwort ab.",

    /* Findings: filters and cards. */
    [MSG_FILTER_LABEL] = "Die Regeln unten filtern",
    [MSG_FILTER_SEARCH] = "Suche ",
    [MSG_FILTER_OUTCOME] = "Ergebnis ",
    [MSG_FILTER_SERVICE] = "Dienst ",
    [MSG_FILTER_ALL] = "Alle",
    [MSG_FILTER_CLEAR] = "Zurücksetzen",
    [MSG_SCRIPT_OPEN] = "Alle öffnen",
    [MSG_SCRIPT_CLOSE] = "Alle schließen",
    [MSG_SCRIPT_SHOWN_ALL] = "{n} Regeln",
    [MSG_SCRIPT_SHOWN] = "{n} von {of} Regeln gezeigt",
    [MSG_SCRIPT_COPY] = "Kopieren",
    [MSG_SCRIPT_COPIED] = "Kopiert",
    [MSG_SCRIPT_LOAD] = "Alle {n} Zeilen zeigen",
    [MSG_SCRIPT_LOAD_FAILED] =
        "Dieser Browser kann die Zeilen nicht entpacken; der CSV-Bericht hat sie.",
    [MSG_SCRIPT_PAGE] = "Zeilen {n} bis {of} von {more}",
    [MSG_SCRIPT_FIND] = "In diesen Zeilen suchen",
    [MSG_SCRIPT_BACK] = "Zurück",
    [MSG_SCRIPT_NEXT] = "Weiter",
    [MSG_SCRIPT_SAVE] = "Als CSV sichern",
    [MSG_NO_FAIL] = "Keine Regel ist verletzt.",
    [MSG_NO_FAIL_KNOWN] =
        "Keine Regel ist erkennbar verletzt. Was nicht bewertet werden konnte, steht unten.",
    [MSG_BASELINE] = "Gegenüber dem Vergleichsstand: {n} neu, {of} weiter offen, {more} behoben.",
    [MSG_BASELINE_NOT_KNOWN] =
        "Bei {n} ist unbekannt, ob neu (der Vergleichsstand bewertete ihre Regeln nicht).",
    [MSG_BASELINE_NOT_JUDGED] = "{n} diesmal nicht bewertet.",
    [MSG_NEW] = "Neu.",
    [MSG_STILL_OPEN] = "Weiter offen.",
    [MSG_NEW_NOT_KNOWN] = "Unbekannt, ob neu.",
    [MSG_NO_MANUAL] = "Keine Regel verlangt eine.",
    [MSG_MANUAL_LEAD] = ("Keine Schnittstelle zeigt diese Einstellungen, oder sie brauchen Urteil: "
                         "ein Mensch muss hinsehen."),
    [MSG_MANUAL_DONE] = "Geprüft von, am:",
    [MSG_NO_WAIVED] = "Keine Regel ist als Ganzes ausgenommen.",
    [MSG_WAIVED_LEAD] =
        "Diese Regeln sind verletzt, und jemand hat das mit Grund und Enddatum angenommen.",
    [MSG_CARD_AFFECTED] = "{n} von {of}",
    [MSG_CARD_EXPECTED] = "Was erwartet wurde",
    [MSG_CARD_FOUND] = "Was gefunden wurde",
    [MSG_CARD_INCOMPLETE] = "Ein Teil der Belege fehlt, deshalb ist das vielleicht nicht alles.",
    [MSG_CARD_WHY] = "Warum es wichtig ist",
    [MSG_CARD_FIX] = "Wie es zu beheben ist",
    [MSG_CARD_PORTAL] = "Im Portal: ",
    [MSG_CARD_COST] = "Was die Behebung kostet",
    [MSG_COST_LOW] =
        "Aufwand: gering. Einstellungen werden geändert; sonst muss niemand etwas tun.",
    [MSG_COST_MEDIUM] = ("Aufwand: mittel. Braucht Planung, Arbeit an mehreren Objekten oder "
                         "Nachricht an die Betroffenen."),
    [MSG_COST_HIGH] =
        "Aufwand: hoch. Ein Projekt: Menschen, Geräte oder Anwendungen arbeiten danach anders.",
    [MSG_COST_UNKNOWN] = "Aufwand: von der Regel nicht angegeben.",
    [MSG_COST_RESOURCES] = "{n} Objekt zu ändern.|{n} Objekte zu ändern.",
    [MSG_CARD_ROLLBACK] = "Zurücknehmen: ",
    [MSG_CARD_REFERENCES] = "Quellen",
    [MSG_CARD_MAPPED] = "Zugeordnet zu",
    [MSG_CARD_EVIDENCE] = "Belege",
    [MSG_CARD_LINK] = "Link zu {a}",
    [MSG_EVIDENCE_NONE] = "nicht erhoben",
    [MSG_CARD_VERSION] = "Regel {a} Version {b}, Paket {c}.",
    [MSG_ROWS_FAIL] = "{a}: verletzende Objekte ({n} von {of} gezeigt)",
    [MSG_ROWS_MANUAL] = "{a}: Objekte, die ein Mensch prüfen muss ({n} von {of} gezeigt)",
    [MSG_ROWS_UNKNOWN] = "{a}: Objekte, die nicht bewertet werden konnten ({n} von {of} gezeigt)",
    [MSG_ROWS_WAIVED] = "{a}: ausgenommene Objekte ({n} von {of} gezeigt)",
    [MSG_ROWS_MORE] = "Die CSV- und JSON-Berichte enthalten alle.",
    [MSG_ROWS_SIDECAR] = "Alle stehen in {a} (SHA-256 {b}).",
    [MSG_COL_RESOURCE] = "Objekt",
    [MSG_COL_REASON] = "Grund",
    [MSG_COL_WAIVER] = "Ausnahme",
    [MSG_SHOW] = "Zeigen",

    /* What was not evaluated, does not apply, passed. */
    [MSG_GRANT] = "{*} gewähren",
    [MSG_LICENCE] = "Lizenz {*}",
    [MSG_NE_RESOURCES] = "Einzelne Objekte konnten nicht bewertet werden",
    [MSG_NE_MISSING] = "Belege fehlen: {a}",
    [MSG_NE_OPENS] = "Erschließt: {a}.",
    [MSG_NE_INCOMPLETE] =
        "Regeln, die schon verletzt sind und weitere Objekte betreffen können: {*}.",
    [MSG_NE_SAID] = "Was der Dienst sagte",
    [MSG_NE_HOW] =
        "Die Gewährung als PowerShell, durch einen Administrator für privilegierte Rollen",
    [MSG_NE_HOW_ALL] = "{*} schreibt sie für alles, was ein Audit braucht.",
    [MSG_CAP_WAITING] = "Regeln ohne Urteil",
    [MSG_COL_KNOWN] = "Was bekannt ist",
    [MSG_ENGINE_ERRORS] = "Programmfehler",
    [MSG_ENGINE_LEAD] = ("Diese Regeln liefen nicht. Das ist ein Fehler der Regel oder des "
                         "Programms, keine Eigenschaft des Mandanten."),
    [MSG_CAP_ERRORS] = "Regeln, die nicht liefen",
    [MSG_COL_WRONG] = "Was schiefging",
    [MSG_NE_NONE] = "Jede Regel bekam ein Urteil oder ist von einem Menschen zu prüfen.",
    [MSG_NE_LEAD] = "Diese Regeln haben kein Urteil. Keine von ihnen gilt als erfüllt.",
    [MSG_NONE] = "Keine.",
    [MSG_SHOW_RULES] = "{n} Regel zeigen|{n} Regeln zeigen",
    [MSG_COL_SERVICE] = "Dienst",
    [MSG_COL_VERSION] = "#Version",
    [MSG_COL_RESULT] = "Ergebnis",

    /* Waivers, and what a profile left out. */
    [MSG_CAP_WAIVERS] = "Ausnahmen dieses Audits",
    [MSG_COL_DISPOSITION] = "Art",
    [MSG_COL_OWNER] = "Verantwortlich",
    [MSG_COL_APPROVED] = "Genehmigt von",
    [MSG_COL_TICKET] = "Ticket",
    [MSG_COL_LAST_DAY] = "Letzter Tag",
    [MSG_COL_COVERS] = "#Deckt",
    [MSG_COL_TO_DO] = "Zu tun",
    [MSG_CAP_EXCLUDED] = "Vom Profil ausgelassen",
    [MSG_COL_TITLE] = "Titel",

    /* Appendix. */
    [MSG_APP_SCOPE] = "Umfang und Vorgehen",
    [MSG_APP_METHOD] =
        ("graphaudit las den Mandanten über Microsoft Graph und den Verwaltungsendpunkt von "
         "Exchange Online und fragte das DNS. Was es sah, legte es als Belege ab, bewertete die "
         "Regeln allein auf diesen Belegen und änderte nichts. Jedes Urteil lässt sich aus dem "
         "Stand mit der unten genannten Prüfsumme neu berechnen."),
    [MSG_APP_CLOUD] = "Cloud",
    [MSG_APP_CLIENT] = "Client-ID der App-Registrierung",
    [MSG_APP_STARTED] = "Erhebung begonnen",
    [MSG_APP_FINISHED] = "Erhebung beendet",
    [MSG_APP_SITTINGS] = "In mehreren Sitzungen erhoben (Beginn/Ende)",
    [MSG_APP_DIGEST] = "Prüfsumme der Belege (SHA-256)",
    [MSG_APP_TOOL] = "Erhoben von graphaudit",
    [MSG_APP_AS_OF] = "Regeln bewertet zum Stand",
    [MSG_APP_REMOVAL] = "SMTP AUTH mit Passwort endgültig entfernt am (wie angegeben)",
    [MSG_APP_RULES_DIGEST] = "Prüfsumme der Regeln (SHA-256)",
    [MSG_APP_NO_PROFILE] = "keines: alle Regeln wie ausgeliefert",
    [MSG_APP_GATE] = "Schwelle",
    [MSG_APP_PERMISSIONS] = "Berechtigungen des Tokens",
    [MSG_APP_PERMISSIONS_UNKNOWN] = "Unbekannt: der Token sagte es nicht.",
    [MSG_APP_EVIDENCE] = "Belege",
    [MSG_APP_NOTHING] = "Nichts ist als erhoben festgehalten.",
    [MSG_CAP_COLLECTION] = "Was erhoben wurde und wie es endete",
    [MSG_COL_ROWS] = "#Zeilen",
    [MSG_COL_REQUESTS] = "#Anfragen",
    [MSG_COL_PERMISSION] = "Berechtigung",
    [MSG_APP_ENDED] = "beendet {a}",
    [MSG_APP_RULES] = "Regeln",
    [MSG_APP_SHOW_RULES] = "Die Versionen aller Regeln zeigen",
    [MSG_CAP_RULES] = "Regeln dieses Laufs",
    [MSG_COL_PACK] = "Paket",
    [MSG_COL_FILE] = "Datei",
};
