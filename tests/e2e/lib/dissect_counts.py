"""Runs in the foreign reader's own Python: how many records of each header form it reads."""
import collections
import json
import sys

from dissect.etl import ETL

FORMS = {"SystemHeader": "system", "PerfinfoTraceHeader": "perfinfo", "EventTraceHeader": "full",
         "EventHeader": "event"}


def counts(path):
    with open(path, "rb") as f:
        return collections.Counter(FORMS.get(name, name) for name in
                                   (type(record.header).__name__ for record in ETL(f)))


if __name__ == "__main__":
    print(json.dumps({path: counts(path) for path in sys.argv[1:]}))
