"""The Flask side of the book: the same lessons, as a Flask author writes them."""

# ANCHOR: setup
import hashlib
import hmac
import os
from functools import wraps

from authlib.integrations.flask_client import OAuth, OAuthError
from dotenv import load_dotenv
from flask import Flask, flash, redirect, render_template, request, session, url_for
from markupsafe import escape
from werkzeug.security import check_password_hash, generate_password_hash

load_dotenv()
app = Flask(__name__)
app.secret_key = os.getenv("SECRET_KEY", "a key for this machine only")
# ANCHOR_END: setup


# ANCHOR: hello
@app.get("/hello")
def hello():
    name = request.args.get("name", "stranger")
    return f"Hello, {escape(name)}!"
# ANCHOR_END: hello


# ANCHOR: guest
guest = None


@app.post("/guest")
def remember():
    global guest
    guest = request.get_data(as_text=True)
    return f"I will remember {escape(guest)}."


@app.get("/guest")
def recall():
    return f"Hello, {escape(guest or 'stranger')}!"
# ANCHOR_END: guest


# ANCHOR: session
@app.get("/set")
def set_name():
    session["name"] = "Ada"
    return redirect(url_for("greet"))


@app.get("/greet")
def greet():
    return f"Hello, {escape(session.get('name', 'stranger'))}!"
# ANCHOR_END: session


# ANCHOR: visits
@app.get("/visits")
def visits():
    name = request.args.get("name")
    if name is not None and len(name.encode()) <= 100:
        session["name"] = name
    session["visits"] = session.get("visits", 0) + 1
    name = escape(session.get("name", "stranger"))
    return f"Hello, {name}! This is visit {session['visits']}."
# ANCHOR_END: visits


# ANCHOR: seal
@app.get("/seal")
def seal():
    session["sealed"] = "Ada"
    response = redirect(url_for("unseal"))
    response.set_cookie("plain", "Ada")
    return response


@app.get("/open")
def unseal():
    plain = escape(request.cookies.get("plain", "nothing"))
    sealed = escape(session.get("sealed", "nothing"))
    return f"The plain cookie says {plain}. The sealed cookie says {sealed}."
# ANCHOR_END: seal


# ANCHOR: line
@app.get("/line")
def line():
    response = app.make_response("One line, and five words after the value.")
    response.set_cookie(
        "__Host-reader",
        "Ada",
        max_age=7 * 24 * 60 * 60,
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response
# ANCHOR_END: line


# ANCHOR: sites
@app.get("/line/sites")
def sites():
    response = app.make_response("Three cookies, and three answers to another site.")
    response.set_cookie("strict", "Ada", samesite="Strict")
    response.set_cookie("lax", "Ada", samesite="Lax")
    response.set_cookie("none", "Ada", samesite="None", secure=True)
    return response
# ANCHOR_END: sites


@app.route("/came", methods=["GET", "POST"])
def came():
    names = ", ".join(sorted(request.cookies))
    return f"These came: {escape(names)}." if names else "No cookie came."


# ANCHOR: old-home
@app.get("/old-home")
def old_home():
    return redirect(url_for("greet"))
# ANCHOR_END: old-home


# ANCHOR: people
@app.get("/people/<name>")
def person(name):
    return f"Hello, {escape(name)}!"


@app.get("/first")
def first():
    return redirect(url_for("person", name="Ada Lovelace"))
# ANCHOR_END: people


# ANCHOR: save
@app.post("/save")
def save():
    flash("Note saved.", "success")
    return redirect(url_for("note"))


@app.get("/note")
def note():
    return render_template("note.html")
# ANCHOR_END: save


# ANCHOR: add
@app.post("/notes")
def add():
    session["notes"] = [*session.get("notes", []), request.form["text"]]
    flash("Note saved.", "success")
    return redirect(url_for("notes"), code=303)


@app.get("/notes")
def notes():
    return render_template("notes.html", notes=session.get("notes", []))
# ANCHOR_END: add


# ANCHOR: login
ADA = generate_password_hash("correct horse")


@app.post("/login")
def log_in():
    fits = check_password_hash(ADA, request.form["password"])
    if not fits or request.form["user"] != "ada":
        flash("That name and password do not fit together.", "error")
        return redirect(url_for("form"))
    session.clear()
    session["user"] = "Ada"
    flash("Welcome back, Ada.", "success")
    return redirect(url_for("account", page="letters"))
# ANCHOR_END: login


# ANCHOR: account
def login_required(view):
    @wraps(view)
    def guarded(**parts):
        if "user" not in session:
            flash("Log in to see that page.", "warning")
            return redirect(url_for("form", next=request.path))
        return view(**parts)

    return guarded


@app.get("/account/<page>")
@login_required
def account(page):
    return render_template("account.html", page=page)
# ANCHOR_END: account


@app.get("/login")
def form():
    return render_template("login.html")


# ANCHOR: logout
@app.post("/logout")
def log_out():
    session.clear()
    flash("You are logged out.", "success")
    return redirect(url_for("form"))
# ANCHOR_END: logout


# ANCHOR: oauth
PROVIDER = os.getenv("OAUTH_PROVIDER", "http://localhost:8000/provider")

oauth = OAuth(app)
oauth.register(
    "music",
    client_id="notebook",
    client_secret="the notebook's secret",
    authorize_url=f"{PROVIDER}/authorize",
    access_token_url=f"{PROVIDER}/token",
    client_kwargs={"scope": "user-read-private", "code_challenge_method": "S256"},
)


@app.get("/music/connect")
def connect():
    return oauth.music.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    session["token"] = oauth.music.authorize_access_token()
    flash("Connected.", "success")
    return redirect(url_for("music"))
# ANCHOR_END: oauth


# ANCHOR: oauth-refused
REASONS = {
    "access_denied": "The provider says no.",
    "mismatching_state": "This answer is to no question of yours.",
}


@app.errorhandler(OAuthError)
def refused(error):
    reason = REASONS.get(error.error, "Something went wrong.")
    flash(f"{reason} Nothing is connected.", "error")
    return redirect(url_for("music"))
# ANCHOR_END: oauth-refused


@app.get("/music")
def music():
    name = None
    if "token" in session:
        me = oauth.music.get(f"{PROVIDER}/v1/me", token=session["token"])
        name = me.json().get("display_name")
    return render_template("music.html", name=name)


# ANCHOR: webhook
WEBHOOK_SECRET = os.getenv("WEBHOOK_SECRET", "It's a Secret to Everybody").encode()


@app.post("/webhooks/github")
def github():
    body = request.get_data()
    wanted = "sha256=" + hmac.new(WEBHOOK_SECRET, body, hashlib.sha256).hexdigest()
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not hmac.compare_digest(signature.encode(), wanted.encode()):
        return "The signature does not fit.", 401
    return "Thank you."
# ANCHOR_END: webhook
