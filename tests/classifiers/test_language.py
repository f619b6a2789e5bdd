"""Which language a message is taken to be in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from intakebot.classifiers.language import LanguageFinder


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the boiler is broken and nobody has come", "en"),
        ("gr8 still no plumber lol", "en"),
        ("toilet blocked", "en"),
        ("Repair chase ref 88213", "en"),
        ("BOILER BROKE AGAIN", "en"),
        ("Subject: Kaloryfer\n\nDzień dobry, kaloryfer nie grzeje od wczoraj", "pl"),
        ("nie mam ogrzewania i cieplej wody od piatku", "pl"),
        ("Bună ziua, nu avem apă caldă de două zile", "ro"),
        ("ਮੇਰੇ ਘਰ ਵਿੱਚ ਬਹੁਤ ਠੰਢ ਹੈ", "pa"),
        ("میرے باتھ روم میں پانی ٹپک رہا ہے", "ur"),
        ("আমার রান্নাঘরে পানি পড়ছে", "bn"),
        ("મારા ઘરમાં ગરમ પાણી નથી", "gu"),
        ("لا يوجد ماء ساخن في الشقة منذ أسبوع", "ar"),
        ("Não tenho aquecimento há três semanas", "pt"),
        ("No tengo calefacción desde hace dos semanas", "es"),
        ("Il n'y a plus de chauffage depuis trois jours", "fr"),
        ("Non abbiamo il riscaldamento da una settimana", "it"),
        ("Merhaba, evde sıcak su yok, lütfen yardım edin", "tr"),
        ("guriga waxaa ku jira caaryo badan fadlan qof soo dira", "so"),
        ("У квартирі немає опалення вже тиждень", "uk"),
        ("", "und"),
        (" \n ", "und"),
        ("😀👍", "und"),
        ("12345 !!!", "und"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert LanguageFinder().identify(text) == code


def test_threads_that_start_together_get_the_same_answer() -> None:
    finder = LanguageFinder()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(finder.identify, ["Dzień dobry, kaloryfer nie grzeje od wczoraj"] * 32))
    assert set(found) == {"pl"}
