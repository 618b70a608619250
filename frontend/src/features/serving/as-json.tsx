import { apiUrl } from "@/shared/lib/place";
import { buttonClass } from "@/shared/ui/button";
import { Icon } from "@/shared/ui/icon";

/** All that is known of a thing, to keep as evidence: what the API answers about it. */
export function AsJson({ path, name }: { path: string; name: string }) {
  return (
    <a className={buttonClass({})} href={apiUrl(path)} download={`${name}.json`}>
      <Icon name="download" />
      JSON
    </a>
  );
}
