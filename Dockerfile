# The program with its page, for machines without Python:
#
#   docker build -t corridor_sim .
#   docker run --rm -v "$PWD:/study" corridor_sim compare experiment.toml
#   docker run --rm -p 8713:8713 -v "$PWD:/study" corridor_sim app --host 0.0.0.0 --port 8713 --no-browser
#
# Results are written below /study, as the user who runs it (add --user "$(id -u):$(id -g)").
FROM python:3.12-slim AS built
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/corridor_sim \
 && /opt/corridor_sim/bin/pip install --no-cache-dir '.[app]'

FROM python:3.12-slim
COPY --from=built /opt/corridor_sim /opt/corridor_sim
# compiled kernels, fonts and the like are kept where any user may write
ENV PATH=/opt/corridor_sim/bin:$PATH \
    HOME=/tmp \
    MPLBACKEND=agg \
    PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 1000 ecologist && mkdir /study && chown ecologist /study
USER 1000
WORKDIR /study
ENTRYPOINT ["corridor-sim"]
CMD ["--help"]
