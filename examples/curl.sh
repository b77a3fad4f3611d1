#!/bin/sh
# Control by hand: define a workflow, trigger it, move time, ask what happened. Prints what the page beside it shows.
set -eu
url=${KNOCK_BASE_URL:-http://127.0.0.1:4010}

call() { # METHOD PATH [JSON]
  answer=$(curl -sS -X "$1" "$url$2" -H 'Authorization: Bearer sk_test_1' -H 'Content-Type: application/json' ${3:+-d "$3"})
  printf '%s %s: %s\n' "$1" "$2" "${answer:-done}"
}

call PUT /_fake/workflows/reminder '{
  "steps": [
    {"type": "delay", "ref": "wait", "settings": {"delay_for": {"unit": "days", "value": 1}}},
    {"type": "channel", "ref": "inbox", "channel_key": "in-app-feed", "template": {"markdown_body": "Do it, {{ recipient.name }}"}}
  ]
}'
call POST /v1/workflows/reminder/trigger '{"recipients": [{"id": "jane", "name": "Jane"}], "cancellation_key": "task-1"}'
call POST /_fake/snapshots
call POST /_fake/clock/advance '{"duration": "1d"}'
call POST /_fake/ask/runs '{"expect": "none", "filters": {"status": "paused"}}'
call POST /_fake/snapshots/snapshot-1/restore
call POST /v1/workflows/reminder/cancel '{"cancellation_key": "task-1"}'
call POST /_fake/ask/runs '{"expect": "one", "filters": {"recipient": "jane", "status": "completed"}}'
