# %% mistake: not_converted
# says: Right for files that are greyscale already. A file in colour has three numbers for each pixel, and others hold something else
# again: ask PIL to convert the image first.
def load_image(path):
    return torch.tensor(np.array(Image.open(path)))

# %% mistake: mean_of_the_colours
# says: You averaged red, green and blue. PIL's greyscale weighs them the way the eye does, green most: leave that to PIL.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("RGB")).mean(-1).astype(np.uint8))

# %% mistake: one_colour
# says: You kept one of the three colours. Greyscale is a mixture of all three, which PIL can make for you.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("RGB"))[..., 0])

# %% mistake: floats
# says: The pixels have become floats. Keep them as they are in the file: whole numbers from 0 to 255, in uint8.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("L"))).float()

# %% mistake: scaled
# says: You scaled the pixels to 0..1. That comes in the next lesson: here they stay whole numbers from 0 to 255, in uint8.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("L"))) / 255

# %% mistake: array
# says: This is a NumPy array with the right pixels. One step is left to a tensor.
def load_image(path):
    return np.array(Image.open(path).convert("L"))

# %% mistake: picture
# says: This is PIL's own image object. It still has to become an array, and the array a tensor.
def load_image(path):
    return Image.open(path).convert("L")

# %% mistake: transposed
# says: Height and width are swapped: an array of an image begins with its rows, so nothing needs to be turned.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("L"))).T

# %% mistake: batch_axis
# says: The pixels are right, but there is one axis too many. A single greyscale image has height and width, no more.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("L")))[None]

# %% mistake: black_and_white
# says: PIL's mode "1" leaves only black and white. Greyscale, with everything in between, has another name.
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("1"))).to(torch.uint8) * 255

# %% mistake: no_return
# says: Your function loads the image and then keeps it to itself: nothing is returned.
def load_image(path):
    pixels = torch.tensor(np.array(Image.open(path).convert("L")))

# %% right: convert
def load_image(path):
    return torch.tensor(np.array(Image.open(path).convert("L")))

# %% right: from_numpy
def load_image(path, mode="L"):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert(mode)).copy()
    return torch.from_numpy(pixels)

# %% right: bytes
def load_image(path: str) -> torch.Tensor:
    image = Image.open(Path(path)).convert("L")
    width, height = image.size
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).reshape(height, width)

# %% right: image_ops
from PIL import ImageOps

def load_image(path):
    grey = ImageOps.grayscale(Image.open(str(path)))
    return torch.as_tensor(np.array(grey, dtype="uint8"))

# %% right: open_file
class Loader:
    def __call__(self, path):
        with open(path, "rb") as stream:
            image = Image.open(stream).convert("L")
            return torch.tensor([[image.getpixel((x, y)) for x in range(image.width)] for y in range(image.height)], dtype=torch.uint8)

load_image = Loader()
