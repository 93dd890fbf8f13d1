"""Questions to `podreach explain`, with what its exit code and its words must be."""
import subprocess


def check(podreach, cases, what):
    """Asks each of (name, manifests, arguments, exit code, words that are said); prints what is wrong, or how many of `what`."""
    failures = []
    for name, manifests, arguments, code, said in cases:
        command = [podreach, "explain", "--manifests", "-", *arguments]
        done = subprocess.run(command, input=manifests, capture_output=True, text=True, timeout=60)
        text = done.stderr if code == 2 else done.stdout
        if done.returncode != code or not all(words in text for words in said):
            failures.append(f"{name}: exit {done.returncode}, wanted {code} and {said}:\n{done.stdout}{done.stderr}")
    print("\n".join(failures) or f"{len(cases)} {what}")
    return 1 if failures else 0
