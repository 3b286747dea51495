"""
python -m emulator.pump CONFIG.json [--port N] [--until-stdin-closes]

Starts the functions and pollers of the configuration, prints {"pump": URL} and runs until SIGINT or SIGTERM.
"""

import argparse
import json
import os
import sys

from .. import processes
from . import interface
from .config import InvalidConfig, load
from .pump import Pump


def main():
    parser = argparse.ArgumentParser(
        prog="pump", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", metavar="CONFIG.json")
    parser.add_argument("--port", type=int, default=0, help="of the HTTP interface; a free one by default")
    parser.add_argument("--until-stdin-closes", action="store_true")
    arguments = parser.parse_args()
    stop = processes.listen_for_stop(arguments.until_stdin_closes)
    try:
        config = load(arguments.config)
    except (InvalidConfig, OSError) as error:
        sys.exit(f"pump: {error}")
    with Pump(config) as pump:
        server = interface.serve(pump, arguments.port)
        print(json.dumps({"pump": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid()}), flush=True)
        stop.wait()
        server.shutdown()


if __name__ == "__main__":
    main()
