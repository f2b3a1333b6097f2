"""Match someone in another photo: python another_photo.py ADDRESS PHOTO OTHER OUT"""

import sys
from pathlib import Path
from urllib.parse import quote

import httpx


def harmonize(address: str, photo: Path, other: Path, out: Path) -> str:
    """Change whoever stands at (980, 730): 70 % whoever stands at (150, 760) in the other photo,
    30 % the scene around them."""
    with httpx.Client(base_url=address, headers={"X-IPH": "1"}, timeout=300) as client:
        here = f"/iph/photos/{upload(client, '/iph/photos', photo)['id']}"
        there = upload(client, f"/iph/photos?for={here.split('/')[-1]}", other)["id"]
        ask(client, f"{here}/choose", json={"role": "change", "taps": [[980, 730, True]]})
        person = {"photo": there, "taps": [[150, 760, True]]}  # without taps: the whole photo
        ask(client, f"{here}/choose", json={"role": "match", **person})
        ask(client, f"{here}/harmonize")
        result = ask(client, f"{here}/second", json={"key": "background"})["result"]
        file = ask(client, f"{here}/download", json={"strength": 1, "blend": 0.3})
        out.write_bytes(client.get(f"/{file['url']}").raise_for_status().content)
        client.delete(here)  # the other photo goes with it
        return result["summary"]  # of the blend halfway


def upload(client: httpx.Client, path: str, photo: Path) -> dict:
    name = {"X-File-Name": quote(photo.name)}
    return ask(client, path, content=photo.read_bytes(), headers=name)


def ask(client: httpx.Client, path: str, **body) -> dict:
    answer = client.post(path, **body)
    if answer.is_error:
        sys.exit(answer.json()["error"])  # one sentence that says what to do
    return answer.json()


if __name__ == "__main__":
    print(harmonize(sys.argv[1], *map(Path, sys.argv[2:])))
