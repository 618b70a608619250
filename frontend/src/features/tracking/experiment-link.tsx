import { Link } from "@tanstack/react-router";

export function ExperimentLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/experiments/$experimentId" params={{ experimentId: id }} tabIndex={-1} title={name}>
      {name}
    </Link>
  );
}
