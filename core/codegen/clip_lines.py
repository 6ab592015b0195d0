"""The few lines that clip the global norm in each framework, and those that log it with the loss at every step."""

from dataclasses import dataclass

CLIP = "CLIP"
"""Stands for the threshold."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A framework's name, the language of its lines that clip, and both. log: Python."""

    name: str
    language: str
    clip: str
    log: str

    def clips(self, threshold: float) -> str:
        """The lines that clip at a threshold."""
        return self.clip.replace(CLIP, f"{threshold:g}")


FRAMEWORKS = {
    "pytorch": Lines(
        "PyTorch",
        "python",
        """\
loss.backward()
# with float16 and a GradScaler first: scaler.unscale_(optimizer)
norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=CLIP)
optimizer.step()""",
        """\
# norm: what clip_grad_norm_ returns, from before clipping
print(f"step: {step} loss: {loss.item():.6g} grad_norm: {norm.item():.6g}")""",
    ),
    "keras": Lines(
        "Keras",
        "python",
        """\
# global_clipnorm: all variables together; clipnorm would clip each by itself
optimizer = keras.optimizers.Adam(learning_rate=0.001, global_clipnorm=CLIP)
model.compile(optimizer=optimizer, loss=loss)""",
        """\
class Logged(keras.Model):  # on TensorFlow; Logged(inputs, outputs) instead of keras.Model
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        tf.print("step:", self.optimizer.iterations, "loss:", loss,
                 "grad_norm:", tf.linalg.global_norm(gradients))
        return {"loss": loss}""",
    ),
    "lightning": Lines(
        "Lightning",
        "python",
        """\
trainer = L.Trainer(gradient_clip_val=CLIP, gradient_clip_algorithm="norm")""",
        """\
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities import grad_norm

# in the LightningModule; Lightning clips after it
def on_before_optimizer_step(self, optimizer):
    self.log("grad_norm", grad_norm(self, norm_type=2)["grad_2.0_norm_total"])

trainer = L.Trainer(log_every_n_steps=1, logger=CSVLogger("logs"))""",
    ),
    "hugging_face": Lines(
        "Hugging Face",
        "python",
        """\
arguments = TrainingArguments(output_dir="out", max_grad_norm=CLIP)""",
        """\
arguments = TrainingArguments(
    output_dir="out",
    logging_steps=1,
    logging_nan_inf_filter=False,  # a NaN is logged as NaN, not as 0.0
)""",
    ),
    "deepspeed": Lines(
        "DeepSpeed",
        "json",
        """\
{
  "gradient_clipping": CLIP
}""",
        """\
engine.backward(loss)
engine.step()
print(f"step: {engine.global_steps} loss: {loss.item():.6g} "
      f"grad_norm: {float(engine.get_global_grad_norm()):.6g}")""",
    ),
}
"""By name, in the order in which they are shown."""
