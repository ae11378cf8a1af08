"""A page draws as many charts as it has, says nothing on the console, and asks for nothing from outside."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from headless import browser, charts, opened

path, count, fewest = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
assert browser(), "chromium is not installed: tools/deps"
document, said = opened(path)
assert not said, said
marks = charts(document)
assert len(marks) == count and min(marks, default=fewest) >= fewest, marks
assert document.count("<svg") == count
assert not re.search(r'(?:src|href)="(?!data:,)', document), "nothing is loaded from anywhere"
assert len(re.findall(r'role="img" aria-label="[^"]+"', document)) == count, "a text alternative each"
assert "cannot be drawn" not in document.split("<script")[0]
print("fine")
