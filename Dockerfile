# The bot without what builds or tests it: packages from the lock file, each checked against its hash.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/loanline/venv
COPY requirements.lock /tmp/requirements.lock
RUN /opt/loanline/venv/bin/pip install --no-deps --require-hashes --requirement /tmp/requirements.lock \
    && /opt/loanline/venv/bin/pip uninstall --yes pip setuptools \
    && /opt/loanline/venv/bin/python -m compileall -q /opt/loanline/venv

FROM python:${PYTHON}
RUN groupadd --system --gid 10001 loanline \
    && useradd --system --uid 10001 --gid loanline --home-dir /nonexistent --shell /usr/sbin/nologin loanline \
    && install --directory --owner=loanline --group=loanline --mode=0700 /var/lib/loanline /var/backups/loanline
COPY --from=packages /opt/loanline/venv /opt/loanline/venv
COPY . /opt/loanline/app
RUN /opt/loanline/venv/bin/python -m compileall -q /opt/loanline/app
WORKDIR /opt/loanline/app
USER loanline
ENV PATH=/opt/loanline/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LOANLINE_CONFIG_DIR=/etc/loanline/config \
    LOANLINE_DATA_DIR=/var/lib/loanline \
    LOANLINE_LOG_FORMAT=json
VOLUME /var/lib/loanline
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "main.py"]
CMD ["run"]
