def attack():
    import subprocess, sys

    subprocess.run([sys.executable, "-c", ""], check=True)
    return True
