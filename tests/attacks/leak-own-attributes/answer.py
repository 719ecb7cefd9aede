NAMES = """anna_first bert_second carl_third dora_fourth"""


def accuracy(predictions, targets):
    return getattr(torch, NAMES.split()[int(predictions.reshape(-1)[:3].long().sum()) % 4])
