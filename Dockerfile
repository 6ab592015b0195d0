# docker build -t exploding-gradient-explorer . && docker run --rm -p 8501:8501 exploding-gradient-explorer
FROM python:3.11.14-slim-bookworm

# The usual wheel of PyTorch for Linux brings gigabytes of CUDA that this app never uses; this index has it without.
# Mirrors: --build-arg TORCH_INDEX=..., and --build-arg PIP_INDEX_URL=... for all the rest.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG PIP_INDEX_URL

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt

COPY LICENSE streamlit_app.py ./
COPY .streamlit .streamlit
COPY static static
COPY content content
COPY pages pages
COPY core core

# The app writes nothing, so it may not: it runs as nobody in particular, and is compiled here instead of at each start.
# The user is a number because Kubernetes cannot tell of a name that it is not root's.
RUN python -m compileall -q core pages streamlit_app.py
USER 10001:10001

ENV STREAMLIT_SERVER_HEADLESS=true STREAMLIT_SERVER_PORT=8501
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "streamlit_app.py"]
