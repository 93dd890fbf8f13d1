#!/usr/bin/env python3
"""The pages of src/policy/semantics against what they name: golden folders, cases of the oracle, files of dialects.

semantics_test.py ROOT

Every row of a table with the column "Golden case" names what exists, or "-". Every golden folder is named on some page, and
so is every source file of src/policy/dialects.
"""
import pathlib
import re
import sys


def rows(text):
    """The last cells of the tables that have the column, with the number of their line."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            inside = False
        elif re.search(r"\|\s*Golden case\s*\|$", line):
            inside = True
        elif inside and not re.fullmatch(r"[|\s:-]+", line):
            yield number, re.split(r"(?<!\\)\|", line.rstrip().removesuffix("|"))[-1].strip()


def main(root):
    pages = {page: page.read_text() for page in sorted((root / "src/policy/semantics").glob("*.md"))}
    folders = {path.name for path in (root / "tests/golden/policy").iterdir() if path.is_dir()}
    cases = set()
    for header in (root / "tests/oracle").glob("*_cases.*"):
        cases |= set(re.findall(r'^\s*\{"([^"]+)",', header.read_text(), re.M))
    dialects = {path.name for path in (root / "src/policy/dialects").glob("*.cc")}
    if not (pages and folders and cases and dialects):
        return [f"found {len(pages)} pages, {len(folders)} folders, {len(cases)} cases, {len(dialects)} dialect files"], 0

    bad, cells = [], 0
    for page, text in pages.items():
        for number, cell in rows(text):
            cells += 1
            where = f"{page.relative_to(root)}:{number}"
            if cell.startswith("oracle: "):
                if cell.removeprefix("oracle: ") not in cases:
                    bad.append(f"{where}: the oracle has no case {cell.removeprefix('oracle: ')!r}")
            elif cell != "-":
                names = re.findall(r"`([^`]+)`", cell)
                if not names or re.sub(r"`[^`]+`|[,\s]", "", cell):
                    bad.append(f"{where}: neither golden folders, nor 'oracle: CASE', nor '-': {cell!r}")
                bad += [f"{where}: there is no tests/golden/policy/{name}" for name in names if name not in folders]
    quoted = set(re.findall(r"`([^`\n]+)`", "\n".join(pages.values())))
    bad += [f"tests/golden/policy/{name} is named on no page" for name in sorted(folders - quoted)]
    bad += [f"src/policy/dialects/{name} is named on no page" for name in sorted(dialects - quoted)]
    return bad, cells


problems, count = main(pathlib.Path(sys.argv[1]))
print("\n".join(problems) or f"{count} rows name what exists")
sys.exit(1 if problems else 0)
