"""The files in deploy/, with this machine's paths put in: what is tested is what is deployed."""

import getpass
import re
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from e2e.services import ROOT

DEPLOY = ROOT / "deploy"
DOMAIN = "books.example.org"
AS_ITS_USER = "setpriv --reuid=bookshelf --regid=bookshelf --init-groups"


class Place:
    """A folder that stands for the machine's /etc, /run, /srv and /var."""

    def __init__(self, folder: Path, *, http: int, https: int, domain: str = "localhost") -> None:
        """Take an empty folder with a short path (a socket's may have 107 bytes) and two ports."""
        self.folder = folder
        self.state = folder / "state"
        self.run = folder / "run"
        self.etc = folder / "etc"
        for each in (self.state, self.run, self.etc, folder / "log", folder / "acme"):
            each.mkdir()
        scratch = "".join(
            f"{kind}_temp_path {folder}/scratch-{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # A path in these files has no spaces; that of a developer's clone may.
        release = folder / "release"
        release.symlink_to(ROOT)
        python = sys.executable.replace(str(ROOT), str(release))
        self._ours = {
            "/srv/bookshelf/current/.venv/bin/python": python,
            f"{AS_ITS_USER} .venv/bin/python": python,
            "/srv/bookshelf/current": str(release),
            "/var/lib/bookshelf": str(self.state),
            "/run/bookshelf": str(self.run),
            "/run/nginx.pid": f"{folder}/nginx.pid",
            "/var/log/nginx": f"{folder}/log",
            "/var/www/acme": f"{folder}/acme",
            "/etc/nginx/bookshelf": f"{self.etc}/bookshelf",
            "/etc/nginx/modules-enabled": f"{self.etc}/modules-enabled",
            "/etc/bookshelf": str(self.etc),
            f"/etc/letsencrypt/live/{DOMAIN}": str(self.etc),
            DOMAIN: domain,
            "user www-data;": f"user {getpass.getuser()};",
            "http {\n": f"http {{\n{scratch}",
            **listening(80, http),
            **listening(443, https),
        }
        self.knows({})

    def knows(self, more: Mapping[str, str]) -> None:
        """Have these words replaced as well."""
        self._ours.update(more)
        # The longer of two that begin alike comes first.
        longest = sorted(self._ours, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest)))

    def read(self, name: str) -> str:
        """Return a file of deploy/ as it would be on this machine."""
        return self._known.sub(lambda found: self._ours[found[0]], (DEPLOY / name).read_text())

    def install(self, name: str, **values: str) -> Path:
        """Put a file of deploy/ where the other files look for it; return its path.

        Its line NAME=… gets the value of this name, in quotes.
        """
        target = self.etc / Path(name).name
        text = self.read(name)
        for variable, value in values.items():
            line = f"{variable}={shlex.quote(value)}"
            text = re.sub(rf"^{variable}=.*$", lambda _, line=line: line, text, flags=re.MULTILINE)
        target.write_text(text)
        return target


def listening(port: int, ours: int) -> dict[str, str]:
    """Return what makes nginx listen on loopback only, on a port of ours."""
    six = f"listen [::1]:{ours}" if has_ipv6() else f"# listen [::1]:{ours}"
    return {f"listen {port}": f"listen 127.0.0.1:{ours}", f"listen [::]:{port}": six}


def has_ipv6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def environment(text: str) -> dict[str, str]:
    """Return the variables of an environment file, read as systemd does."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and line[0] not in "#;")
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


class Unit:
    """A service of systemd: so much of it as it takes to run it without systemd."""

    def __init__(self, *texts: str, instance: str = "") -> None:
        """Take the text of the unit, then those of its drop-ins."""
        self.instance = instance
        self.settings: dict[str, list[str]] = {}
        for line in "\n".join(texts).splitlines():
            name, separator, value = line.partition("=")
            if not separator or line.startswith(("#", ";")):
                continue
            if value:
                self.settings.setdefault(name, []).append(value.replace("%i", instance))
            else:
                # "Name=" forgets what stood before it: so a drop-in replaces a command.
                self.settings[name] = []

    def commands(self, name: str, env: Mapping[str, str]) -> list[list[str]]:
        """Return the commands of ExecStart or ExecStop, with the variables of `env` put in."""
        found = []
        for line in self.settings.get(name, []):
            for variable, value in env.items():
                line = line.replace(f"${{{variable}}}", value)
            found.append([word.replace("$$", "$") for word in shlex.split(line)])
        return found

    def command(self, name: str, env: Mapping[str, str]) -> list[str]:
        """Return the only command of this name."""
        (command,) = self.commands(name, env)
        return command

    @property
    def environment(self) -> dict[str, str]:
        words = shlex.split(" ".join(self.settings.get("Environment", [])))
        return dict(word.split("=", 1) for word in words)

    def seconds(self, name: str) -> float:
        """Return a time that is given in seconds."""
        return float(self.settings[name][-1])
