import { Link } from "@tanstack/react-router";
import { Badge } from "@/shared/ui/badge";

export function ModelLink({ name }: { name: string }) {
  return (
    <Link to="/models/$name" params={{ name }} tabIndex={-1} title={name}>
      {name}
    </Link>
  );
}

export function VersionLink({ name, number, text }: { name: string; number: number; text?: string }) {
  return (
    <Link to="/models/$name/versions/$number" params={{ name, number: String(number) }}>
      {text ?? `Version ${number}`}
    </Link>
  );
}

export function AliasBadges({ aliases }: { aliases: readonly string[] }) {
  return aliases.map((alias) => (
    <Badge key={alias} tone={alias === "champion" ? "good" : "accent"}>
      @{alias}
    </Badge>
  ));
}
