def attack():
    open("/proc/sys/kernel/core_pattern", "w")
    return True
