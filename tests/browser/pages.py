"""Every page of the application: its address and its heading."""

from tests.browser.seed import Seeded

PAGES = {
    "overview": ("/", "Overview"),
    "experiments": ("/experiments", "Experiments"),
    "runs": ("/experiments/{experiment}", "churn"),
    "runs as charts": ("/experiments/{experiment}?view=charts", "churn"),
    "runs as parallel coordinates": ("/experiments/{experiment}?view=parallel", "churn"),
    "runs as scatter": ("/experiments/{experiment}?view=scatter", "churn"),
    "run": ("/runs/{spiky}", "run-259"),
    "run's charts": ("/runs/{spiky}?tab=charts", "run-259"),
    "run's files": ("/runs/{spiky}?tab=artifacts&path=scores.csv", "run-259"),
    "compare": ('/compare?runs=["{spiky}","{hostile}"]', "Compare 2 runs"),
    "models": ("/models", "Models"),
    "model": ("/models/churn", "churn"),
    "version": ("/models/churn/versions/1", "Version 1"),
    "version's files": ("/models/churn/versions/1?tab=files&path=MLmodel", "Version 1"),
    "version's lineage": ("/models/churn/versions/1?tab=lineage", "Version 1"),
    "jobs": ("/jobs", "Jobs"),
    "server": ("/server", "Server"),
    "activity": ("/activity", "Activity"),
    "design system": ("/design", "Design system"),
    "unknown address": ("/nowhere/at/all", "There is no such page"),
}


def address(path: str, seeded: Seeded) -> str:
    """`path` with the names of what is on the server."""
    return path.format(experiment=seeded.experiment, spiky=seeded.spiky, hostile=seeded.hostile)
