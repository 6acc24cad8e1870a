"""`fluoro serve`: run the server. Its options are the declared settings."""

import errno
import signal
import sys
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluoro.cli.failure import Exit, Failure
from fluoro.server.settings import Settings

if TYPE_CHECKING:
    from fluoro.server.services import Services

PORT_MAX = 65_535


def setting_option(field: Field[Any]) -> click.Option:
    """Return the option of one setting: `--retention-days`, FLUORO_RETENTION_DAYS."""
    choices = field.metadata.get("choices")
    kind: click.ParamType[Any] | type
    if choices:
        kind = click.Choice(choices)
    elif field.type == Path | None:
        kind = click.Path(path_type=Path, file_okay=False)
    else:
        kind = field.type if isinstance(field.type, type) else str
    default = None if field.default is MISSING else field.default
    return click.Option(
        [f"--{field.name.replace('_', '-')}"],
        type=kind,
        is_flag=kind is bool,
        default=default,
        show_default=default is not None,
        envvar=f"FLUORO_{field.name.upper()}",
        show_envvar=True,
        help=field.metadata["help"],
    )


class ServeCommand(click.Command):
    """A command with an option for each field of Settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(setting_option(field) for field in fields(Settings))


@click.command(cls=ServeCommand)
def serve(**values: Any) -> None:
    """Run the server until it is told to stop (Ctrl-C, SIGTERM).

    One address takes X-Ray's datagrams (UDP) and everything else (HTTP over TCP).
    """
    settings = Settings(**values)
    _check_address(settings)
    _log_to_stderr()
    _stop_in_order()
    from fluoro.server.lock import FolderInUseError
    from fluoro.server.run import OpenToOthersError
    from fluoro.server.run import serve as run
    from fluoro.store.engine import EngineError
    from fluoro.store.masterkey import MasterKeyError

    try:
        run(settings, ready=_greet)
    except FolderInUseError as error:
        raise Failure("the data folder is in use", why=str(error)) from None
    except OpenToOthersError as error:
        raise Failure(
            "the server would be open to others",
            why=str(error),
            code=Exit.REFUSED,
        ) from None
    except MasterKeyError as error:
        raise Failure(
            "the server's key cannot be used",
            why=str(error),
            do="check --key-file",
        ) from None
    except EngineError as error:
        raise Failure(
            "the store does not open",
            why=str(error),
            do="check --store and --data; `fluoro doctor` looks at the folder",
        ) from None
    except OSError as error:
        raise _os_failure(settings, error) from None


def _check_address(settings: Settings) -> None:
    port = settings.address.rpartition(":")[2]
    if not (port.isascii() and port.isdigit() and int(port) <= PORT_MAX):
        raise click.BadParameter(
            f"{settings.address!r} is not HOST:PORT, such as 127.0.0.1:2000",
            param_hint="--address",
        )


def _stop_in_order() -> None:
    """Make SIGTERM and Ctrl-C unwind the stack, so that everything is closed.

    While it serves, uvicorn has handlers of its own; it drains, puts these back and
    raises the signal again, which by default would end the process on the spot.
    """

    def stop(*_: object) -> None:
        raise SystemExit(Exit.OK)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _log_to_stderr() -> None:
    """Send the server's log to stderr: for people on a terminal, else as JSON."""
    import structlog

    renderer: Any = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _greet(services: "Services") -> None:
    """Tell a person at the terminal where it listens and where the data lies."""
    settings = services.settings
    address = f"{settings.host}:{services.datagrams.port}"
    click.echo(
        f"Fluoro listens on http://{address} and udp://{address}.\n"
        f"Traces are kept in {settings.data_folder or settings.dsn} for "
        f"{settings.retention_days} days. Ctrl-C stops it; `fluoro demo` in another "
        "terminal sends something to look at.",
        err=True,
    )


def _os_failure(settings: Settings, error: OSError) -> Failure:
    if error.errno == errno.EADDRINUSE:
        return Failure(
            f"cannot listen on {settings.address}",
            why="another process listens there, perhaps an X-Ray daemon or a Fluoro",
            do="stop it, or choose another place with --address HOST:PORT",
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.EACCES) and not error.filename:
        return Failure(f"cannot listen on {settings.address}", why=str(error))
    return Failure(
        "the server cannot start",
        why=str(error),
        do="check --data: the folder must be writable and its disk must have room",
        code=Exit.ERROR,
    )
