"""Runs commands of Airflow one after another, and prints a line of JSON after each: its name and exit code.

One process for all of them, since each would spend seconds on importing Airflow.
"""

import json
import sys
import traceback

from airflow.cli.cli_parser import get_parser

for name, words in json.loads(sys.argv[1]).items():
    code = 0
    try:
        arguments = get_parser().parse_args(words)
        arguments.func(arguments)
    except SystemExit as end:
        code = end.code
    except Exception as error:  # noqa: BLE001 - as a program it would end with a traceback
        traceback.print_exc()
        code = repr(error)
    sys.stdout.flush()
    sys.stderr.flush()
    print(json.dumps({"ended": name, "code": code}), flush=True)  # noqa: T201
