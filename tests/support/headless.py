"""Opens an HTML file in headless Chromium, without a network, and says what is there."""
import re
import shutil
import subprocess
import tempfile


def browser():
    return shutil.which("chromium")


def opened(path):
    """The document after its scripts ran, and what they said on the console."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
             "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", f"--user-data-dir={profile}",
             "--virtual-time-budget=20000", "--dump-dom", f"file://{path}"],
            capture_output=True, text=True, timeout=120)
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, said


def charts(document):
    """Number of marks of each chart; 0: not drawn."""
    found = []
    for chart in re.findall(r'<div class="chart"[^>]*>', document):
        drawn = re.search(r'data-drawn="(\d+)"', chart)
        found.append(int(drawn[1]) if drawn else 0)
    return found
