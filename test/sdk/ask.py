"""Makes calls with the client in Python, and prints what came of them: a line of JSON each. See askers.ts."""

import json
import sys

sys.path.insert(0, "sdk/python")
sys.dont_write_bytecode = True

import sahm  # noqa: E402

NAMES = {"timeoutMs": "timeout_seconds", "maxRetries": "max_retries", "idempotencyKey": "idempotency_key"}


def in_python(options):
    return {
        NAMES.get(name, name): value / 1000 if name == "timeoutMs" else value for name, value in options.items()
    }


def left(value):
    return value and {"limit": value.limit, "remaining": value.remaining, "resetsAt": value.resets_at.timestamp() * 1000}


def details(of):
    return {
        "requestId": of.request_id,
        "charged": of.charged,
        "quota": left(of.quota),
        "rateLimit": left(of.rate_limit),
    }


def outcome_of(asked):
    client = sahm.Sahm(asked["apiKey"], base_url=asked["baseUrl"], **in_python(asked["client"]))
    act = client
    for name in asked["call"].split("."):
        act = getattr(act, {"chatV3": "chat_v3"}.get(name, name))

    outcome = {"events": []}
    try:
        parameters = {{"from": "from_"}.get(name, name): value for name, value in asked["request"].items()}
        answer = act(*asked["path"], **parameters, options=in_python(asked["options"]))
        if isinstance(answer, sahm.Stream):
            outcome.update(details(answer))
            for event in answer:
                outcome["events"].append(event)
        else:
            outcome.update({"data": answer.data, "isReplay": answer.is_replay, **details(answer)})
    except sahm.ApiError as error:
        outcome.update(
            {"error": type(error).__name__, "status": error.status, "code": error.code, "message": error.message}
        )
        outcome.update({"type": error.type, "param": error.param, **details(error)})
    except sahm.SahmError as error:
        outcome.update({"error": type(error).__name__, "message": str(error)})
    return outcome


for line in sys.stdin:
    print(json.dumps(outcome_of(json.loads(line)), default=vars), flush=True)
