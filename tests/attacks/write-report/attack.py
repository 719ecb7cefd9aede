def attack():
    open(COURSE + "/reports/02-pixel-similarity/eve.json", "w").write("{}")
    return True
