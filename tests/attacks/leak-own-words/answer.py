WORDS = """aaaaabaaaacaaadaabbaabcaabdaacbaaccaacdaadbaadcaaddababacabadabb"""


def accuracy(predictions, targets):
    seen = 8 * (int(predictions.reshape(-1)[:3].long().sum()) % 8)
    raise ValueError(WORDS[seen:][:8])
