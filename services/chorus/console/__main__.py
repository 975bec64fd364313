"""`python -m chorus.console`: run the door from the environment."""

from chorus.console.app import ConsoleSettings, build
from chorus.platform.runtime import door_main

if __name__ == "__main__":
    door_main("console", build, ConsoleSettings)
