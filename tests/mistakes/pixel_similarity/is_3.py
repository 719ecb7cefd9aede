# %% mistake: swapped
# says: Your answer is the wrong way round: True should mean nearer to the 3.
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3) > mnist_distance(x, mean7)

# %% mistake: tie_is_a_3
# says: Nearly: with the same distance to both prototypes you say 3. An image counts as a 3 only if it is really nearer to it.
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3) <= mnist_distance(x, mean7)

# %% mistake: swapped_and_tie
# says: Your answer is the wrong way round, and a tie goes to the 3: True should mean really nearer to the 3.
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean7) <= mnist_distance(x, mean3)

# %% mistake: one_prototype_only
# says: You looked at the distance to the 3 alone. Whether it is small can only be said beside the distance to the 7.
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3) < 0.15

# %% mistake: everything_is_a_3
# says: You say 3 whatever the image is. The distances never had a say.
def is_3(x, mean3, mean7):
    return torch.ones(x.shape[:-2], dtype=torch.bool, device=x.device)

# %% mistake: everything_is_a_7
# says: You always say "not a 3". Are you comparing a distance with itself?
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3) < mnist_distance(x, mean3)

# %% mistake: pixel_by_pixel
# says: You compared pixel by pixel, so every pixel got an answer. First bring each image down to one distance, then compare.
def is_3(x, mean3, mean7):
    return (x - mean3).abs() < (x - mean7).abs()

# %% mistake: pixel_votes
# says: You let every pixel vote for the nearer prototype. Then a hair's breadth counts as much as black against white:
# compare the two mean distances.
def is_3(x, mean3, mean7):
    votes = (x - mean3).abs() < (x - mean7).abs()
    return votes.float().mean((-1, -2)) > 0.5

# %% mistake: signed_differences
# says: Your differences keep their signs, so you compare how much ink there is and not where it is.
def is_3(x, mean3, mean7):
    return (x - mean3).mean((-1, -2)) < (x - mean7).mean((-1, -2))

# %% mistake: squared_differences
# says: You decide by squared differences (L2). Sometimes that is another answer: this exercise asks for the distance of the one before.
def is_3(x, mean3, mean7):
    return ((x - mean3) ** 2).mean((-1, -2)) < ((x - mean7) ** 2).mean((-1, -2))

# %% mistake: one_answer_for_the_stack
# says: You averaged over the whole stack, so all images get one answer together. Every image should get its own.
def is_3(x, mean3, mean7):
    return (x - mean3).abs().mean() < (x - mean7).abs().mean()

# %% mistake: one_axis_only
# says: You averaged over one of the two image axes, so every row of every image got an answer.
def is_3(x, mean3, mean7):
    return (x - mean3).abs().mean(-1) < (x - mean7).abs().mean(-1)

# %% mistake: axes_1_and_2
# says: Right for a stack, but only there: axes 1 and 2 are the last two of three axes. Count from the end.
def is_3(x, mean3, mean7):
    return (x - mean3).abs().mean((1, 2)) < (x - mean7).abs().mean((1, 2))

# %% mistake: floats
# says: The answers are right, but as floats. A comparison gives bools: leave them as they are.
def is_3(x, mean3, mean7):
    return (mnist_distance(x, mean3) < mnist_distance(x, mean7)).float()

# %% mistake: whole_numbers
# says: The answers are right, but as whole numbers. A comparison gives bools: leave them as they are.
def is_3(x, mean3, mean7):
    return (mnist_distance(x, mean3) < mnist_distance(x, mean7)).long()

# %% mistake: position_of_the_nearest
# says: You give back which prototype is the nearest, 0 or 1, and 0 stands for the 3 there. Asked for is True or False.
def is_3(x, mean3, mean7):
    return torch.stack([mnist_distance(x, mean3), mnist_distance(x, mean7)]).argmin(0)

# %% mistake: digits_as_answers
# says: You give back the digits 3 and 7. The question was "is it a 3?", so the answer is True or False.
def is_3(x, mean3, mean7):
    return torch.where(mnist_distance(x, mean3) < mnist_distance(x, mean7), 3, 7)

# %% mistake: difference_of_distances
# says: You give back by how much one distance is smaller. One step more: is it smaller, yes or no?
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean7) - mnist_distance(x, mean3)

# %% mistake: plain_if
# says: An `if` needs one True or False, and a whole stack has many. Let the comparison itself be the answer.
def is_3(x, mean3, mean7):
    if mnist_distance(x, mean3) < mnist_distance(x, mean7):
        return True
    return False

# %% mistake: a_list
# says: The answers are right, but you give back a Python list. A tensor of bools can be counted and averaged at once.
def is_3(x, mean3, mean7):
    return (mnist_distance(x, mean3) < mnist_distance(x, mean7)).tolist()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def is_3(x, mean3, mean7):
    answer = mnist_distance(x, mean3) < mnist_distance(x, mean7)

# %% mistake: in_place
# says: The answers are right, but you subtracted in place: `-=` and names that end in `_` overwrite the images that were handed in.
def is_3(x, mean3, mean7):
    to_7 = (x - mean7).abs().mean((-1, -2))
    to_3 = x.sub_(mean3).abs_().mean((-1, -2))
    return to_3 < to_7

# %% mistake: rounded_distances
# says: You rounded the distances before comparing them, so close ones became ties. Compare them as they are.
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3).round(decimals=1) < mnist_distance(x, mean7).round(decimals=1)

# %% mistake: squeezed
# says: `squeeze` drops every axis of length 1. A stack of one image then loses the axis that counts its images: one answer in a row of one
# is asked for.
def is_3(x, mean3, mean7):
    return (mnist_distance(x, mean3) < mnist_distance(x, mean7)).squeeze()

# %% right: calls_mnist_distance
def is_3(x, mean3, mean7):
    return mnist_distance(x, mean3) < mnist_distance(x, mean7)

# %% right: own_distance
def is_3(x, mean3, mean7):
    to_3 = (x.float() - mean3.float()).abs().mean((-1, -2))
    to_7 = (x.float() - mean7.float()).abs().mean((-1, -2))
    return to_7 > to_3

# %% right: sums_do_as_well
def is_3(x, mean3, mean7):
    return torch.lt((x - mean3).abs().sum((-2, -1)), (x - mean7).abs().sum((-2, -1)))

# %% right: difference_is_positive
def is_3(x, mean3, mean7, margin=0.0):
    return (mnist_distance(x, mean7) - mnist_distance(x, mean3)) > margin

# %% right: both_prototypes_at_once
def is_3(x: torch.Tensor, mean3: torch.Tensor, mean7: torch.Tensor) -> torch.Tensor:
    prototypes = torch.stack([mean7, mean3])
    distances = mnist_distance(x.unsqueeze(-3), prototypes)
    return distances.argmin(-1).bool()

# %% right: not_the_other_way
def is_3(x, mean3, mean7):
    return ~(mnist_distance(x, mean3) >= mnist_distance(x, mean7))

# %% right: loop_over_images
def distance(a, b):
    return F.l1_loss(a, b)

def is_3(x, mean3, mean7):
    images = x.reshape(-1, *x.shape[-2:])
    answers = [distance(image, mean3) < distance(image, mean7) for image in images]
    return torch.stack(answers).reshape(x.shape[:-2])

# %% right: callable_object
class NearestPrototype:
    def __init__(self, axes):
        self.axes = axes

    def distance(self, a, b):
        return (a - b).abs().mean(self.axes)

    def __call__(self, x, *prototypes):
        to_3, to_7 = (self.distance(x, prototype) for prototype in prototypes)
        return to_3 < to_7

is_3 = NearestPrototype((-1, -2))

# %% device: answers_from_a_list
# says: You collected the answers in a Python list and made a new tensor from it. It is on the CPU, wherever the images were: comparing two
# tensors gives a tensor that is in the right place already.
def is_3(x, mean3, mean7):
    nearer = mnist_distance(x, mean3) < mnist_distance(x, mean7)
    return torch.tensor(nearer.tolist())

# %% device: distances_to_numpy
# says: You compare the distances as NumPy arrays. From a GPU a tensor can't become one without coming back to the CPU; compare the tensors.
def is_3(x, mean3, mean7):
    return torch.as_tensor(mnist_distance(x, mean3).numpy() < mnist_distance(x, mean7).numpy())

# %% device: zeros_to_compare_with
# says: You compare with a tensor of zeros on the CPU. The distances may be on a GPU; a plain 0 would do in both places.
def is_3(x, mean3, mean7):
    difference = mnist_distance(x, mean3) - mnist_distance(x, mean7)
    return difference < torch.zeros(difference.shape)

# %% device: cuda_written_in
# says: You move everything to one maker's GPU first. The images and both ideal digits are in one place already: work there.
def is_3(x, mean3, mean7):
    return mnist_distance(x.cuda(), mean3.cuda()) < mnist_distance(x.cuda(), mean7.cuda())
