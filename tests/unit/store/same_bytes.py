"""Whether two files are the same."""
import filecmp
import sys

print("same" if filecmp.cmp(*sys.argv[1:], shallow=False) else "different")
