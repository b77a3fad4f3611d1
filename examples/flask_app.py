"""The fake inside a Flask development server: Knock's API under /knock, one process, no network."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from knock_fake import KnockFake

knock = KnockFake(unknown_workflows="accept")
app = Flask(__name__)
app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/knock": knock.wsgi_app()})


@app.get("/")
def index() -> str:
    return f"{len(knock.journal)} calls so far"
