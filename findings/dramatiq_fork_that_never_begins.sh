#!/usr/bin/env bash
# Dramatiq 2.2.1: a fork process whose master ends while it is imported exits with 0, and its function is never called.
#
# Dramatiq's forks are for functions that run beside the workers. A master whose only worker dies tells all its processes
# to end. A fork process that is still importing holds the signal back until its import is over; then Dramatiq's own
# handler ends it before the function begins. So whatever that function was to do for the dead worker (release its
# leases, report its death) is not done, nothing is logged at its default level but "Stopping fork process...", and often
# not even that, for the master has stopped reading logs.
#
# Seen with Python 3.11: of the two runs below the first one calls the function, the second one does not.
#   worker lives: the fork function was called
#   worker dies right after its boot: the fork function was not called
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check dramatiq==2.2.1

cat >beside.py <<'PY'
import multiprocessing
import pathlib
import time

if multiprocessing.current_process().daemon:  # in the fork process alone; a worker reads only the function's name
    time.sleep(2)  # as long as imports take on a busy machine


def run():
    pathlib.Path("called").touch()
    while True:
        time.sleep(1)
PY
cat >app.py <<'PY'
import os
import threading

import beside
import dramatiq
from dramatiq.brokers.stub import StubBroker


class Beside(dramatiq.Middleware):
    @property
    def forks(self):
        return [beside.run]

    def after_worker_boot(self, broker, worker):
        if os.environ["WORKER"] == "dies":
            threading.Timer(0.5, os._exit, [3]).start()


broker = StubBroker()
broker.add_middleware(Beside())
dramatiq.set_broker(broker)
PY

is_called() {
    rm -f called
    WORKER=$1 timeout --signal=TERM 8 env/bin/dramatiq app --processes 1 --threads 1 >log 2>&1 || true
    [ -e called ]
}

is_called lives || { echo "CHANGED: the function of a fork is not called beside a living worker"; cat log; exit 1; }
echo "worker lives: the fork function was called"
if is_called dies; then
    echo "CHANGED: the function of a fork is called although its worker has died"
    exit 1
fi
echo "worker dies right after its boot: the fork function was not called"
