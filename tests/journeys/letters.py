"""How the subjects of the bot's letters begin, by language."""

RECEIVED = {
    "en": "We have received your request",
    "de": "Wir haben Ihre Anfrage erhalten",
    "pl": "Otrzymaliśmy Państwa wniosek",
    "sk": "Prijali sme Vašu žiadosť",
}
CONFIRM = {
    "en": "Please confirm your request",
    "de": "Bitte bestätigen Sie Ihre Anfrage",
    "pl": "Prosimy potwierdzić wniosek",
    "sk": "Potvrďte, prosím, svoju žiadosť",
}
ANSWER = {
    "en": "Our answer to your request",
    "de": "Unsere Antwort auf Ihre Anfrage",
    "pl": "Odpowiedź na Państwa wniosek",
    "sk": "Odpoveď na Vašu žiadosť",
}
WRONG_CODE = {"en": "The confirmation code was not right"}
WAITING = {
    "en": "Your data will be erased on",
    "de": "Ihre Daten werden am",
    "pl": "Usuniemy Państwa dane",
    "sk": "Vaše údaje vymažeme",
}
