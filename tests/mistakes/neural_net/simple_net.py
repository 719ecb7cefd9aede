# %% mistake: no_relu
# says: The ReLU in the middle is missing. Two linear layers in a row are nothing but one linear layer.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.Linear(hidden, 1))

# %% mistake: relu_at_the_end
# says: Your ReLU stands at the end, where it cuts every prediction off at 0: no image could be called a 7. It belongs between the layers.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.Linear(hidden, 1), nn.ReLU())

# %% mistake: sigmoid_at_the_end
# says: You squash the predictions at the end, and the loss squashes them once more. The net should give raw numbers.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1), nn.Sigmoid())

# %% mistake: sigmoid_in_the_middle
# says: Between the layers stands a sigmoid. A ReLU is asked for.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.Sigmoid(), nn.Linear(hidden, 1))

# %% mistake: second_layer_reads_the_input
# says: Your second layer expects the pixels. What it gets is what the first one has made of them: the sizes have to fit together.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(784, 1))

# %% mistake: hidden_ignored
# says: Your net always has 30 activations in the middle, whatever `hidden` says.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 1))

# %% mistake: ten_predictions
# says: Your net gives several numbers for an image. To tell 3 from 7, one is enough.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))

# %% mistake: relu_not_made
# says: `nn.ReLU` is the class; a layer is made by calling it. Brackets are missing.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU, nn.Linear(hidden, 1))

# %% mistake: a_list
# says: This is a list of layers. What sends an image through one after the other is `nn.Sequential`.
def simple_net(hidden=30):
    return [nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1)]

# %% mistake: same_net_every_time
# says: Two calls give one and the same net: training one would train the other. Make the layers inside the function, anew at each call.
made = {}

def simple_net(hidden=30):
    if hidden not in made:
        made[hidden] = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))
    return made[hidden]

# %% mistake: same_weights_every_time
# says: You fixed the seed inside the function, so all nets start with the same weights. Set it outside if you want to repeat a run.
def simple_net(hidden=30):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))

# %% mistake: without_biases
# says: Your layers have no bias.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, 1, bias=False))

# %% mistake: second_layer_without_a_bias
# says: Your second layer has no bias.
def simple_net(hidden=30):
    return nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1, bias=False))

# %% mistake: frozen
# says: The parameters of your net do not require gradients, so no optimiser can move them.
def simple_net(hidden=30):
    net = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))
    for p in net.parameters():
        p.requires_grad_(False)
    return net

# %% mistake: no_return
# says: Your function makes something and then keeps it to itself: nothing is returned.
def simple_net(hidden=30):
    net = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))

# %% mistake: own_module
# says: You give back a module of your own with the right layers in it. Asked for are PyTorch's own parts in an `nn.Sequential`.
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(28 * 28, hidden), nn.ReLU(), nn.Linear(hidden, 1)])

    def __getitem__(self, i):
        return self.layers[i]

    def __len__(self):
        return len(self.layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

def simple_net(hidden=30):
    return Net(hidden)

# %% right: list_of_layers
def simple_net(hidden=30):
    layers = [nn.Linear(784, hidden), nn.ReLU(inplace=True), nn.Linear(in_features=hidden, out_features=1)]
    return nn.Sequential(*layers)

# %% right: named_layers
from collections import OrderedDict

def simple_net(hidden: int = 30) -> nn.Sequential:
    return nn.Sequential(OrderedDict(first=nn.Linear(28**2, hidden), relu=nn.ReLU(), second=nn.Linear(hidden, 1)))

# %% right: appended
def simple_net(hidden=30):
    net = nn.Sequential()
    net.append(nn.Linear(784, hidden))
    net.add_module("activation", torch.nn.ReLU())
    net.append(nn.Linear(hidden, 1))
    return net

# %% right: subclass
class SimpleNet(nn.Sequential):
    def __init__(self, hidden):
        super().__init__(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))

def simple_net(hidden=30):
    return SimpleNet(hidden)

# %% right: own_start
def simple_net(hidden=30, std=0.05):
    net = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 1))
    for layer in (net[0], net[2]):
        nn.init.normal_(layer.weight, std=std)
    return net

# %% right: book
def simple_net(hidden=30):
    return nn.Sequential(
        nn.Linear(28*28,hidden),
        nn.ReLU(),
        nn.Linear(hidden,1)
    )
