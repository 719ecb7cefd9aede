# %% mistake: middle_of_the_means
# says: You took the middle between the two means. That is a good first guess, but it does not count how many images are on the right side.
def ink_threshold(density3, density7):
    return ((density3.mean() + density7.mean()) / 2).item()

# %% mistake: middle_of_the_extremes
# says: You took the middle between the faintest 3 and the darkest 7. Where the groups overlap, one odd image on either side decides
# everything.
def ink_threshold(density3, density7):
    return ((density3.min() + density7.max()) / 2).item()

# %% mistake: mean_of_all
# says: You took the mean of all densities. It does not even look at which of them are 3s.
def ink_threshold(density3, density7):
    return torch.cat([density3, density7]).mean().item()

# %% mistake: other_way_round
# says: Your cut is best for the opposite rule. Here, more ink than the cut means 3.
def ink_threshold(density3, density7):
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    return max(cuts, key=lambda cut: (density3 <= cut).sum() + (density7 > cut).sum())

# %% mistake: at_the_cut
# says: You count an image at the cut as a 3. The rule says "density > cut": at the cut it is a 7.
def ink_threshold(density3, density7):
    cuts = density3.tolist() + density7.tolist() + [2.0]
    return max(cuts, key=lambda cut: (density3 >= cut).sum() + (density7 < cut).sum())

# %% mistake: mean_of_two_accuracies
# says: You average the accuracy on the 3s with the one on the 7s, so a group of two weighs as much as a group of eight. Count all images
# together.
def ink_threshold(density3, density7):
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    return max(cuts, key=lambda cut: (density3 > cut).float().mean() + (density7 <= cut).float().mean())

# %% mistake: threes_only
# says: You look at the 3s alone. A cut below all of them gets every 3 right, and how many 7s?
def ink_threshold(density3, density7):
    return density3.min().item() - 1e-3

# %% mistake: between_only
# says: You try cuts at the densities themselves only. Sometimes the best cut is below everything: call them all a 3.
def ink_threshold(density3, density7):
    cuts = density3.tolist() + density7.tolist()
    return max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% mistake: coarse_grid
# says: You try cuts in wide, even steps, and step over the best one where the gap is narrow. Which cuts can make a difference at all?
def ink_threshold(density3, density7):
    cuts = [step / 10 for step in range(-1, 11)]
    return max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% mistake: accuracy
# says: This is the best accuracy. The cut that reaches it is asked for.
def ink_threshold(density3, density7):
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    return max(((density3 > cut).sum() + (density7 <= cut).sum()).item() for cut in cuts) / (len(density3) + len(density7))

# %% mistake: tensor
# says: The cut is right, but still wrapped in a tensor. A plain Python number is asked for.
def ink_threshold(density3, density7):
    cuts = torch.cat([torch.tensor([-1.0]), density3, density7])
    return max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% mistake: no_return
# says: Your function finds the cut and then keeps it to itself: nothing is returned.
def ink_threshold(density3, density7):
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    best = max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% mistake: sorted_in_place
# says: Your cut is right, but you sorted the caller's own densities on the way. Sort a copy.
def ink_threshold(density3, density7):
    density3[:] = density3.sort().values
    density7[:] = density7.sort().values
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    return max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% right: every_density
def ink_threshold(density3, density7):
    cuts = [-1.0] + density3.tolist() + density7.tolist()
    return max(cuts, key=lambda cut: (density3 > cut).sum() + (density7 <= cut).sum())

# %% right: midpoints
def n_right(cut, threes, sevens):
    return sum(d > cut for d in threes) + sum(d <= cut for d in sevens)

def ink_threshold(density3, density7):
    threes, sevens = density3.tolist(), density7.tolist()
    values = sorted(set(threes + sevens))
    best, most = None, -1
    for left, right in zip([values[0] - 1] + values, values + [values[-1] + 1]):
        cut = (left + right) / 2
        if n_right(cut, threes, sevens) > most:
            best, most = cut, n_right(cut, threes, sevens)
    return best

# %% right: table_of_all_cuts
def ink_threshold(density3, density7):
    cuts = torch.cat([density3.new_tensor([-float("inf")]), density3, density7])
    right = (density3[:, None] > cuts).sum(0) + (density7[:, None] <= cuts).sum(0)
    return cuts[right.argmax()].item()

# %% right: running_count
def ink_threshold(density3, density7):
    images = sorted([(d, -1) for d in density3.tolist()] + [(d, 1) for d in density7.tolist()])
    best_cut, right, most = images[0][0] - 1, len(density3), len(density3)
    for i, (density, change) in enumerate(images):
        right += change
        last_of_its_kind = i + 1 == len(images) or images[i + 1][0] > density
        if last_of_its_kind and right > most:
            best_cut, most = density, right
    return best_cut

# %% right: numpy
def ink_threshold(density3: torch.Tensor, density7: torch.Tensor, steps: int = 1) -> float:
    threes, sevens = np.sort(density3.cpu().numpy()), np.sort(density7.cpu().numpy())
    cuts = np.concatenate([[-1.0], threes, sevens])
    above = len(threes) - np.searchsorted(threes, cuts, side="right")
    below = np.searchsorted(sevens, cuts, side="right")
    return cuts[np.argmax(above + below)]

# %% device: sorted_by_numpy
# says: You sort with NumPy, which can't read what is on a GPU. Tensors can be sorted too; or bring the densities back to the CPU first.
def ink_threshold(density3, density7):
    cuts = np.concatenate([[-1.0], np.sort(density3.numpy()), np.sort(density7.numpy())])
    right = [(density3 > cut).sum() + (density7 <= cut).sum() for cut in cuts]
    return float(cuts[int(torch.stack(right).argmax())])

# %% device: labels_on_the_cpu
# says: Your tensor of labels was made on the CPU, the densities may be on a GPU, and the two can't be compared there.
def ink_threshold(density3, density7):
    densities = torch.cat([density3, density7])
    is_three = torch.cat([torch.ones(len(density3)), torch.zeros(len(density7))]) == 1
    cuts = [densities.min().item() - 1, *densities.tolist()]
    return max(cuts, key=lambda cut: ((densities > cut) == is_three).sum().item())
