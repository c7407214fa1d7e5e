"""Logs a browser in at the book's Flask app, which uses Authlib, by way of the book's provider.

    python authlib_client.py http://127.0.0.1:5000
"""

import sys
from urllib.parse import parse_qs, urlsplit

import requests

app = sys.argv[1]


def wants(name, wanted, came):
    if wanted not in came:
        sys.exit(f"failed: {name}\n  wanted: {wanted}\n  came:   {came}")
    print(f"ok: {name}")


def begin():
    """A new browser, and where the app sends it."""
    browser = requests.Session()
    sent = browser.get(f"{app}/music/connect", allow_redirects=False)
    return browser, sent.headers["location"]


def decide(browser, address, **form):
    """Where the provider sends the browser with this form."""
    answer = browser.post(address, data=form, allow_redirects=False)
    wants("the provider answers with 303", "303", str(answer.status_code))
    return answer.headers["location"]


ALLOW = {"user": "ada", "password": "correct horse", "decision": "allow"}

browser, address = begin()
asked = parse_qs(urlsplit(address).query)
wants("Authlib asks with PKCE", "S256", asked["code_challenge_method"][0])
wants("the provider asks for the password", "<h1>The music service</h1>", browser.get(address).text)
page = browser.get(decide(browser, address, **ALLOW)).text
wants("Authlib changes the code for a token", 'role="status">Connected.', page)
wants("and the token opens the account", "Ada&#39;s music", page)
wants("on the next page, too", "Ada&#39;s music", browser.get(f"{app}/music").text)

browser, address = begin()
page = browser.get(decide(browser, address, decision="refuse")).text
wants("a refusal is told", "The provider says no. Nothing is connected.", page)

_, address = begin()
other, _ = begin()
page = other.get(decide(requests.Session(), address, **ALLOW)).text
wants("a code for another browser is refused", "This answer is to no question of yours. Nothing is connected.", page)
