# %% mistake: learning_rate_not_handed_on
# says: Your learner does not know your learning rate: it keeps fastai's own, 0.001.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, metrics=batch_accuracy)

# %% mistake: learning_rate_fixed
# says: Your learner always has a learning rate of 0.1, whatever `lr` says.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, metrics=batch_accuracy, lr=0.1)

# %% mistake: adam
# says: Without an optimiser of your choice, fastai takes Adam, which steps in another way. Your loop was plain SGD.
from fastai.learner import Learner

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, metrics=batch_accuracy, lr=lr)

# %% mistake: no_loss
# says: Your learner has no loss, and fastai can't guess one from this data.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, opt_func=SGD, metrics=batch_accuracy, lr=lr)

# %% mistake: library_loss
# says: This learner trains with a loss out of the library. Hand it `mnist_loss`.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=nn.BCEWithLogitsLoss(), opt_func=SGD, metrics=batch_accuracy, lr=lr)

# %% mistake: accuracy_for_loss
# says: You handed over the accuracy in place of the loss. It changes in jumps, so nothing can be learnt from its slope.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=batch_accuracy, opt_func=SGD, metrics=batch_accuracy, lr=lr)

# %% mistake: no_metric
# says: Your learner reports no accuracy: it was not told which metric to print.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, lr=lr)

# %% mistake: library_metric
# says: The metric is one of fastai's, made for several classes: with one prediction for each image it says nothing. Hand over `batch_accuracy`.
from fastai.learner import Learner
from fastai.metrics import accuracy
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, metrics=accuracy, lr=lr)

# %% mistake: momentum
# says: Your optimiser has momentum: each step carries on something of the one before. Plain SGD has none.
from functools import partial
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, loss_func=mnist_loss, opt_func=partial(SGD, mom=0.9), metrics=batch_accuracy, lr=lr)

# %% mistake: trains_at_once
# says: Your function has trained the model by the time it returns. It should only make the learner: when to train is for its caller to say.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    learn = Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, metrics=batch_accuracy, lr=lr)
    learn.fit(1)
    return learn

# %% mistake: no_return
# says: A learner is made and then kept to itself: nothing is returned.
from fastai.learner import Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    learn = Learner(dls, model, loss_func=mnist_loss, opt_func=SGD, metrics=batch_accuracy, lr=lr)

# %% mistake: own_class
# says: You give back a class of your own with a `fit` and a `validate`. It may well train, but fastai's `Learner` is asked for.
class Trainer:
    def __init__(self, dls, model, loss_func, metric, lr):
        self.dls, self.model, self.loss_func, self.metric, self.lr = dls, model, loss_func, metric, lr

    def fit(self, n_epoch):
        for _ in range(n_epoch):
            train_epoch(self.model, self.dls.train, list(self.model.parameters()), self.lr)

    def validate(self):
        with torch.no_grad():
            found = [(self.loss_func(self.model(xb), yb), self.metric(self.model(xb), yb)) for xb, yb in self.dls.valid]
        return [torch.stack(column).mean().item() for column in zip(*found)]

def make_learner(dls, model, lr=0.1):
    return Trainer(dls, model, mnist_loss, batch_accuracy, lr)

# %% right: star_import
from fastai.vision.all import *

def make_learner(dls, model, lr=0.1):
    return Learner(dls, model, opt_func=SGD, loss_func=mnist_loss, metrics=[batch_accuracy], lr=lr)

# %% right: imports_inside
def make_learner(dls, model, lr=0.1):
    from fastai import learner, optimizer

    settings = {"loss_func": mnist_loss, "opt_func": optimizer.SGD, "metrics": batch_accuracy, "lr": lr}
    return learner.Learner(dls, model, **settings)

# %% right: torch_optimiser
from functools import partial
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper

def make_learner(dls, model, lr=0.1):
    opt_func = partial(OptimWrapper, opt=torch.optim.SGD)
    return Learner(dls, model, mnist_loss, opt_func, lr=lr, metrics=batch_accuracy)

# %% right: metric_object
from fastai.learner import AvgMetric, Learner
from fastai.optimizer import SGD

def make_learner(dls, model, lr=0.1):
    learn = Learner(dls, model, loss_func=lambda p, t: mnist_loss(p, t), opt_func=SGD, metrics=AvgMetric(batch_accuracy))
    learn.lr = lr
    return learn

# %% right: book
def make_learner(dls, model, lr=0.1):
    from fastai.learner import Learner
    from fastai.optimizer import SGD

    return Learner(dls, model, opt_func=SGD,
                   loss_func=mnist_loss, metrics=batch_accuracy, lr=lr)
