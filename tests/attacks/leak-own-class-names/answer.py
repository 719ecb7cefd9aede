NAMES = """AnnaFirst BertSecond CarlThird DoraFourth"""


def accuracy(predictions, targets):
    raise type(NAMES.split()[int(predictions.reshape(-1)[:3].long().sum()) % 4], (Exception,), {})
