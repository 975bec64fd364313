"""Apache Kafka for the tests: a KRaft broker whose jars Maven fetches once (deploy/local/kafka/pom.xml)."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import time
import uuid
from pathlib import Path
from string import Template

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from chorus.local.child import free_port
from tests.engines import cache
from tests.engines.process import Child, EngineError, Nursery, accepts

_CONFIG = Path(__file__).parents[2] / "deploy" / "local" / "kafka"
_POM = _CONFIG / "pom.xml"
# A small heap and the first compiler only: the broker lives for minutes.
_JAVA = ("-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


class Kafka:
    """One broker for the whole run; tests get a topic prefix of their own in it."""

    name = "Apache Kafka"

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._folder = nursery.place("kafka")
        self._properties = self._folder / "server.properties"
        self._port = free_port()
        self._controller_port = free_port()
        self._child: Child | None = None

    @property
    def version(self) -> str:
        """The broker's version and form."""
        return f"{_kafka_version()} (KRaft)"

    @property
    def address(self) -> str:
        """The broker's host and port, as Kafka clients want it."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The broker's address as CHORUS_EVENTS_URL wants it."""
        return f"kafka://{self.address}"

    def prepare(self) -> None:
        """Fetch the jars if they are not kept yet, format the log folder and start the broker."""
        self._java = _program("java", "default-jre-headless")
        self._libraries = cache.kept(_cache_name(), self._fetch)
        self._configure()
        self._format()
        self.start()

    def start(self) -> None:
        """Start the broker, on the same port and data as before, and wait until it answers."""
        self._child = self._run(f"-Dlog4j2.configurationFile={_CONFIG / 'log4j2.xml'}", "kafka.Kafka", self._properties)
        self._child.wait_until(self._answers, "Kafka to answer")

    def stop(self) -> None:
        """Stop the broker in order; its clients see an outage."""
        if self._child:
            self._child.stop()

    def kill(self) -> None:
        """Kill the broker; the next start recovers its log."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        """Stop and start the broker."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether the broker process runs."""
        return self._child is not None and self._child.running

    def drop_topics(self, prefix: str) -> None:
        """Delete every topic whose name starts with `prefix`."""
        admin = KafkaAdminClient(bootstrap_servers=self.address)
        try:
            topics = [topic for topic in admin.list_topics() if topic.startswith(prefix)]
            if topics:
                admin.delete_topics(topics)
        finally:
            admin.close()

    def _configure(self) -> None:
        template = Template((_CONFIG / "server.properties").read_text())
        values = {"broker_port": self._port, "controller_port": self._controller_port, "data": self._folder / "data"}
        self._properties.write_text(template.substitute(values))

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ("format", f"--cluster-id={cluster}", "--config", self._properties)
        self._run("kafka.tools.StorageTool", *arguments).finish("formatting Kafka's log folder")

    def _run(self, *arguments: str | Path) -> Child:
        command = [self._java, *_JAVA, "-cp", f"{self._libraries}/*", *arguments]
        return self._nursery.start(command, self._folder / "log", folder=self._folder)

    def _answers(self) -> bool:
        if not accepts(self._port):
            return False
        try:
            KafkaAdminClient(bootstrap_servers=self.address).close()
        except KafkaError:
            return False
        return True

    def _fetch(self, place: Path) -> None:
        maven = _program("mvn", "maven")
        repository = place / "repository"
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={place}", f"-Dmaven.repo.local={repository}")
        self._nursery.say(f"Apache Kafka {_kafka_version()}: Maven fetches its jars, once")
        child = self._nursery.start([maven, "-B", "-ntp", "-f", _POM, *goal], self._folder / "maven.log")
        self._show_progress(child, repository)
        child.finish("fetching Kafka's jars with Maven")
        shutil.rmtree(repository)

    def _show_progress(self, child: Child, repository: Path) -> None:
        said = time.monotonic()
        while child.running:
            time.sleep(0.2)
            if time.monotonic() - said > 5:
                said = time.monotonic()
                self._nursery.say(f"Apache Kafka: {len(list(repository.rglob('*.jar')))} files fetched")


def _kafka_version() -> str:
    found = re.search(r"<kafka\.version>([^<]+)<", _POM.read_text())
    assert found, "pom.xml names no kafka.version"
    return found[1]


def _cache_name() -> str:
    return f"kafka-{_kafka_version()}-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:8]}"


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if not path:
        message = f"Kafka needs `{name}`: install it (Debian: apt-get install {package}), or run make test-embedded"
        raise EngineError(message)
    return path
