"""A real JupyterLab and a real browser without a window, for the tests that need them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.harness import ROOT

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install '.[test]'")
from selenium.webdriver.chrome.service import Service  # noqa: E402  (only where selenium is)
from selenium.webdriver.support.ui import WebDriverWait as WebDriverWait  # noqa: E402  (only where selenium is)

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
TOKEN = "for-this-test-only"
SECONDS = 120  # that any one step may take on a busy machine; a step that is done is not waited for
WIDTH, HEIGHT = 1200, 1000
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--window-size={WIDTH},{HEIGHT}",
    ),
)
# Jupyter's news would be asked for over the network, and asked about in a window over the notebook.
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}

needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason=f"no {'chromium' if not BROWSER else 'chromedriver'} on this machine (Debian: chromium-driver)",
)


def complaints(driver: Any) -> list[str]:
    """What pages wrote on the browser's console as an error, but for requests that a machine without a network can't make."""
    return [
        entry["message"]
        for entry in driver.get_log("browser")
        if entry["level"] == "SEVERE" and "ERR_" not in entry["message"]
    ]


def browser(folder: pathlib.Path) -> Any:
    """A browser with a profile of its own in this folder; a context manager that quits it."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(SECONDS)
    driver.set_page_load_timeout(SECONDS)
    # JupyterLab's current notebook is the one with the focus, which no page has in a browser without a window
    driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    return driver


@contextlib.contextmanager
def jupyterlab(folder: pathlib.Path, root: pathlib.Path | None = None, **environment: str) -> Iterator[str]:
    """A server whose settings lie in `folder` and whose files in `root` (else `folder/notebooks`); gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    root = root or folder / "notebooks"
    root.mkdir(exist_ok=True)
    homes = {
        name: str(folder / name.lower())
        for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    command = [
        *(
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
        ),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True"),
    ]
    fixed = {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (folder / "server.log").open("wb") as log:
        # a group of its own: kernels that outlive their server end with it
        server = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={**os.environ, **homes, **fixed, **environment},
            start_new_session=True,
            cwd=root,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _answering(f"{address}/api/status?token={TOKEN}", server, folder / "server.log")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _answering(url: str, server: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail("JupyterLab did not start:\n" + log.read_text(errors="replace")[-3000:])
