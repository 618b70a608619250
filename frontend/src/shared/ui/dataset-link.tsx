import { Link } from "@tanstack/react-router";

/** A dataset's name, which leads to its page. One without a digest has none: nothing tells it from others. */
export function DatasetLink({ name, digest }: { name: string; digest: string }) {
  if (name === "" || digest === "") return <>{name || "not recorded"}</>;
  return (
    <Link to="/datasets/$name/$digest" params={{ name, digest }}>
      {name}
    </Link>
  );
}
