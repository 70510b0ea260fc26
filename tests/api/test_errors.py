"""Every failure is one problem document with a sentence; bad parameters are never the server's fault."""

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gridgeo import errors
from gridgeo.api.errors import STATUS, install_errors, status_of


def all_errors():
    return [getattr(errors, name) for name in errors.__all__]


def failing_client(error: Exception) -> TestClient:
    app = FastAPI()
    install_errors(app)

    @app.get("/fail")
    def fail() -> None:
        raise error

    return TestClient(app, raise_server_exceptions=False)


def made(kind: type[Exception], sentence: str) -> Exception:
    """An error with a sentence; a refusal also has a kind."""
    return kind("missed", sentence) if kind is errors.Refusal else kind(sentence)


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_class_has_a_status_and_answers_with_its_sentence(kind):
    assert kind in STATUS
    answer = failing_client(made(kind, "layer party: feature 7 has no id; give it one")).get("/fail")
    assert answer.status_code == STATUS[kind] == status_of(made(kind, "why"))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == kind.__name__
    assert answer.json()["detail"] == "layer party: feature 7 has no id; give it one"


def test_an_error_class_made_later_takes_the_status_of_its_parent():
    class TwoBases(errors.CityFileError):
        pass

    assert status_of(TwoBases("two bases")) == STATUS[errors.CityFileError]


def test_a_fault_of_the_program_is_a_500_without_its_inside():
    answer = failing_client(ZeroDivisionError("secret path /srv/x")).get("/fail")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/grids?bbox=1,2,3", "left,bottom,right,top"),
        ("/grids?bbox=a,b,c,d", "left,bottom,right,top"),
        ("/grids?bbox=nan,0,1,1", "left,bottom,right,top"),
        ("/grids?bbox=2,0,1,1", "left <= right"),
        ("/grids?bbox=0,0,1,inf", "left,bottom,right,top"),
        ("/grids?limit=0", "limit"),
        ("/grids?limit=many", "limit"),
        ("/grids?limit=1000000000000000000000", "limit"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_a_422_that_says_why(client, path, word):
    answer = client.get(path)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


def test_an_unknown_path_and_a_wrong_method_answer_in_the_same_shape(client):
    assert client.get("/nothing").json()["status"] == 404
    refused = client.post("/grids")
    assert (refused.status_code, refused.json()["status"]) == (405, 405)
    assert refused.headers["allow"] == "GET"


def test_a_store_that_does_not_answer_is_a_503(client, served, monkeypatch):
    def gone():
        raise errors.StoreError("store luohe: the server closed the connection; start it again")

    monkeypatch.setattr(served, "versions", gone)
    answer = client.get("/grids")
    assert answer.status_code == 503
    assert "start it again" in answer.json()["detail"]


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


GENTLE = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_no_parameter_whatever_breaks_the_server_or_its_document(app):
    operations = [result.ok() for result in schemathesis.openapi.from_asgi("/openapi.json", app).get_all_operations()]
    for operation in operations:

        @GENTLE
        @given(case=operation.as_strategy())
        def behaves(case):
            case.call_and_validate(checks=CHECKS)

        behaves()
    asked = {operation.path for operation in operations}
    assert asked >= {"/grids", "/grids/{code}", "/locate", "/layers", "/health", "/sign-in", "/me"}


def test_the_document_describes_every_failure_by_one_shape(client):
    document = client.get("/openapi.json").json()
    assert set(document["components"]["schemas"]) >= {"Problem", "Health"}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 5
    for operation in operations:
        refused = operation["responses"]["422"]["content"]
        assert refused == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
