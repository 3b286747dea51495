"""
python -m emulator [--without-dynamodb] [--until-stdin-closes]

Starts the emulator, prints its addresses as one line of JSON and runs until SIGINT or SIGTERM. A program that
starts it passes a pipe as its stdin and --until-stdin-closes: then it ends with that program, whatever
becomes of it.
"""

import argparse
import json

from . import processes
from .stack import Stack


def main():
    parser = argparse.ArgumentParser(
        prog="emulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--without-dynamodb", action="store_true", help="moto only")
    parser.add_argument("--until-stdin-closes", action="store_true")
    arguments = parser.parse_args()
    stop = processes.listen_for_stop(arguments.until_stdin_closes)
    with Stack(with_dynamodb=not arguments.without_dynamodb) as stack:
        print(json.dumps(stack.addresses), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
