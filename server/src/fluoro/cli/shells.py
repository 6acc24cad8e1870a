"""What the shells' completion scripts ask, and what they are answered.

Click's own scripts take a filter expression apart: bash's reads a value's backslashes
as its own, fish's ends one at a comma, and all three close the quotes around it after
the first word. So the scripts here give the line up to the cursor as it stands, and it
is read here by the shell's rules of quoting.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

UNFINISHED = "unfinished"
"""The type of an item that more is to be written behind."""

_BASH = r"""%(complete_func)s() {
    local answer
    while IFS= read -r answer; do
        case $answer in
            plain,*) COMPREPLY+=("${answer#plain,}") ;;
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
        esac
    done < <(%(complete_var)s=bash_complete COMP_WORD="$2" \
        COMP_LINE="${COMP_LINE:0:COMP_POINT}" "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local type key help
    local -a answers plain described
    answers=("${(@f)$(COMP_LINE="$words[1,CURRENT-1] $IPREFIX$QIPREFIX$PREFIX" \
        %(complete_var)s=zsh_complete $words[1])}")
    for type key help in "${answers[@]}"; do
        case $type in
            unfinished) compadd -S '' -U -V unsorted -- "$key" ;;
            plain) [[ $help == _ ]] && plain+=("$key") ||
                described+=("${key//:/\\:}:$help") ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = r"""function %(complete_func)s
    set -lx COMP_LINE (commandline -cp | string collect)
    for answer in (%(complete_var)s=fish_complete %(prog_name)s)
        set -l item (string split -m 1 , -- $answer)
        switch $item[1]
            case plain
                echo $item[2]
            case dir
                __fish_complete_directories $item[2]
            case file
                __fish_complete_path $item[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments '(%(complete_func)s)'
"""


def split(line: str, escapes: Mapping[str, str]) -> tuple[list[str], str, str]:
    """Return a line's words, the one begun at its end, and the quote open there.

    `escapes` are the characters that a backslash escapes inside of each quote.
    """
    words: list[str] = []
    word: str | None = None
    quote = ""
    characters = iter(enumerate(line, 1))
    for end, character in characters:
        following = line[end : end + 1]
        if (
            character == "\\"
            and following
            and following in escapes.get(quote, following)
        ):
            word = (word or "") + next(characters)[1]
        elif character == quote or (not quote and character in escapes):
            quote = "" if quote else character
            word = word or ""
        elif quote or not character.isspace():
            word = (word or "") + character
        elif word is not None:
            words.append(word)
            word = None
    return words, word or "", quote


class Shell(ShellComplete):
    """Reads the line by a shell's rules and completes the word at its end."""

    escapes: ClassVar[Mapping[str, str]] = {"'": "", '"': '\\"$`'}

    def complete(self) -> str:
        """Return what the script reads."""
        line = os.environ["COMP_LINE"]
        words, begun, quote = split(line, self.escapes)
        option, equals, typed = begun.partition("=")
        if not equals or not option.startswith("-"):
            option, equals, typed = "", "", begun
        items = self.get_completions([*words[1:], *filter(None, [option])], typed)
        for item in items:
            item.value = f"{option}{equals}{item.value}"
        return "\n".join(self.answers(items, line, quote))

    def answers(
        self, items: list[CompletionItem[str]], line: str, quote: str
    ) -> Iterator[str]:
        """Return the lines that the script reads."""
        raise NotImplementedError


def _open(items: list[CompletionItem[str]]) -> list[CompletionItem[str]]:
    """Return the items, of which an unfinished one stands beside a longer one.

    A single one would be taken for the last word: its quotes would be closed.
    """
    if [item.type for item in items] == [UNFINISHED]:
        return [items[0], CompletionItem(f"{items[0].value} ", UNFINISHED)]
    return items


class Bash(Shell):
    """Bash puts an answer in as it is, in place of `COMP_WORD`."""

    name = "bash"
    source_template = _BASH

    def answers(
        self, items: list[CompletionItem[str]], line: str, quote: str
    ) -> Iterator[str]:
        """Quote what replaces the part of the word that bash looks at."""
        _, kept, _ = split(line.removesuffix(os.environ["COMP_WORD"]), self.escapes)
        for item in _open(items):
            kind = "plain" if item.type == UNFINISHED else item.type
            if item.value.startswith(kept):
                yield f"{kind},{_in_bash(item.value[len(kept) :], quote)}"


def _in_bash(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("'", r"'\''")
    special = r'[\\"$`]' if quote else r"[^\w./:=@%+,-]"
    return re.sub(special, r"\\\g<0>", text)


class Zsh(Shell):
    """Zsh quotes by itself."""

    name = "zsh"
    source_template = _ZSH

    def answers(
        self, items: list[CompletionItem[str]], line: str, quote: str
    ) -> Iterator[str]:
        """Return three lines an item."""
        for item in items:
            yield f"{item.type}\n{item.value}\n{item.help or '_'}"


class Fish(Shell):
    """Fish quotes by itself, too."""

    name = "fish"
    source_template = _FISH
    escapes: ClassVar[Mapping[str, str]] = {"'": "\\'", '"': '\\"$'}

    def answers(
        self, items: list[CompletionItem[str]], line: str, quote: str
    ) -> Iterator[str]:
        """Return a line an item; what it means stands behind a tab."""
        for item in _open(items):
            kind = "plain" if item.type == UNFINISHED else item.type
            yield f"{kind},{item.value}" + (f"\t{item.help}" if item.help else "")


SHELLS: dict[str, type[Shell]] = {kind.name: kind for kind in (Bash, Zsh, Fish)}


def register() -> None:
    """Let click answer the scripts with these."""
    for kind in SHELLS.values():
        add_completion_class(kind)
