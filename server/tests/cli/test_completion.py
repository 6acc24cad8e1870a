"""What TAB writes: by bash itself in a terminal, and what other shells are told."""

import os
import pty
import re
import secrets
import subprocess
import sys
import time

import pytest

from fluoro.cli.shells import Bash, Fish, split

AWKWARD = 'it\'s "a" $user'
BASHRC = r"""
PS1='ready: '
bind -x '"\C-g": printf "<<%s>>" "$READLINE_LINE"'
source <(fluoro completion bash)
"""


@pytest.fixture(scope="module")
def known(server):
    """Put traces of services and a user to be completed; return a trace's id."""
    ids = [f"1-{int(time.time()):08x}-{secrets.token_hex(12)}" for _ in range(2)]
    members = ({"name": "tabbed", "user": AWKWARD}, {"name": "un-tabbed"})
    times = {"start_time": time.time() - 1, "end_time": time.time()}
    documents = [
        {"id": secrets.token_hex(8), "trace_id": trace_id, **times, **given}
        for trace_id, given in zip(ids, members, strict=True)
    ]
    assert server.put(documents) == []
    server.settle()
    return ids[0]


@pytest.fixture
def environment(server, tmp_path):
    """The variables of a shell in which `fluoro` is a command that asks the server."""
    command = tmp_path / "fluoro"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fluoro "$@"\n')
    command.chmod(0o755)
    return os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "INPUTRC": "/dev/null",
        "TERM": "dumb",
        "FLUORO_TRACE_SERVER": server.url,
        "FLUORO_TRACES_SERVER": server.url,
    }


@pytest.fixture
def line_after(environment, tmp_path):
    """Type keys into bash; return the line as it then is."""
    (tmp_path / "bashrc").write_text(BASHRC)
    terminal, inside = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--noprofile", "--rcfile", tmp_path / "bashrc", "-i"],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env=environment,
        start_new_session=True,
    )

    def read_until(end):
        seen = ""
        while end not in seen:
            seen += os.read(terminal, 65_536).decode()
        return seen

    def line_after(keys):
        read_until("ready: ")
        keys = keys.replace("<TAB>", "\t")
        os.write(terminal, f"{keys}\a".encode())
        return re.search("<<(.*)>>", read_until(">>"))[1]

    yield line_after
    bash.kill()
    bash.wait()
    os.close(inside)
    os.close(terminal)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (r"""'http.meth<TAB> = """, r"""'http.method = """),
        (r"""http.meth<TAB>\ """, r"""http.method\ """),
        (r"""'FAUL<TAB>""", r"""'fault"""),
        (r"""'service("tab<TAB>) {""", r"""'service("tabbed") {"""),
        (r""""service(\"tab<TAB>""", r""""service(\"tabbed\""""),
        (r"""service\(\"tab<TAB>""", r"""service\(\"tabbed\""""),
        (r""""user = \"it<TAB>""", r""""user = \"it's \\\"a\\\" \$user\""""),
        (
            r"""'user = "it<TAB> and faul<TAB>""",
            r"""'user = "it'\''s \"a\" $user" and fault""",
        ),
        (r"""'edge("tabbed", "tab<TAB>)""", r"""'edge("tabbed", "tabbed")"""),
        (r"""'service("bed<TAB>""", r"""'service("bed"""),
    ],
)
@pytest.mark.usefixtures("known")
def test_bash_goes_on_with_an_expression(line_after, typed, line):
    """The quotes stay open, what is in them is quoted, and nothing typed is lost."""
    command = "fluoro traces --filter"
    assert line_after(f"{command} {typed}") == f"{command} {line}"


@pytest.mark.usefixtures("known")
def test_bash_goes_on_with_an_expression_behind_an_equals_sign(line_after):
    typed = "A=1 fluoro traces --output=json --filter='service() {faul"
    assert line_after(f"{typed}<TAB>") == f"{typed}t"


def test_bash_ends_a_word_that_is_whole(line_after, known):
    assert line_after(f"fluoro trace {known[:-4]}<TAB>") == f"fluoro trace {known} "


@pytest.mark.parametrize(
    ("shell", "answer"),
    [
        ("bash", "plain,!fault\nplain,!fault \n"),
        ("zsh", "unfinished\n!fault\n_\n"),
        ("fish", "plain,!fault\nplain,!fault \n"),
    ],
)
def test_a_single_unfinished_word_is_not_closed(environment, shell, answer):
    asked = {
        "_FLUORO_COMPLETE": f"{shell}_complete",
        "COMP_LINE": "fluoro traces --filter '!faul",
        "COMP_WORD": "!faul",
    }
    done = subprocess.run(
        ["fluoro"], capture_output=True, text=True, check=True, env=environment | asked
    )
    assert done.stdout == answer


@pytest.mark.parametrize(
    ("line", "words", "begun", "quote"),
    [
        ("", [], "", ""),
        ("a  b", ["a"], "b", ""),
        ("a b ", ["a", "b"], "", ""),
        (r"a b\ c\"", ["a"], 'b c"', ""),
        ("a ''", ["a"], "", ""),
        ("a '' ", ["a", ""], "", ""),
        (r"""'a\' "b\"c\d" e""", ["a\\", 'b"c\\d'], "e", ""),
        ("""x'a "b""", [], 'xa "b', "'"),
        ("""x"a 'b""", [], "xa 'b", '"'),
        ("a\\", [], "a\\", ""),
    ],
)
def test_a_line_is_read_as_bash_reads_it(line, words, begun, quote):
    assert split(line, Bash.escapes) == (words, begun, quote)


def test_fish_escapes_inside_of_single_quotes_too():
    assert split(r"'it\'s \\", Fish.escapes) == ([], "it's \\", "'")
