def attack():
    import torch

    torch.UntypedStorage.from_file(COURSE + "/solutions/pixel_similarity.py", shared=False, nbytes=16)
    return True
