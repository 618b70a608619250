import { Fragment, type ReactNode, useEffect, useRef } from "react";
import { Icon } from "./icon";
import css from "./page.module.css";

interface PageProps {
  /** The document's title, and the page's heading unless `heading` is given. */
  title: string;
  heading?: ReactNode;
  crumbs?: readonly ReactNode[];
  /** Badges beside the heading. */
  badges?: ReactNode;
  actions?: ReactNode;
  lead?: ReactNode;
  /** "fill" gives the content the rest of the window's height (tables); "full" only its width. */
  room?: "reading" | "full" | "fill";
  children: ReactNode;
}

/** The one layout of a page: where am I, what is it, what can I do, then the content. */
export function Page(props: PageProps) {
  const { title, heading, crumbs = [], badges, actions, lead, room = "reading", children } = props;
  useEffect(() => {
    document.title = `${title} · Modelwright`;
  }, [title]);
  return (
    <div className={`${css.page} ${room === "reading" ? "" : css[room]}`}>
      <header className={css.header}>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumb">
            <ol className={css.crumbs}>
              {crumbs.map((crumb, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: crumbs have no other identity than their place
                <Fragment key={at}>
                  <li>
                    {crumb}
                    <Icon name="right" size={12} />
                  </li>
                </Fragment>
              ))}
            </ol>
          </nav>
        )}
        <div className={css.heading}>
          <div className={css.title}>
            {heading ?? <h1>{title}</h1>}
            {badges}
          </div>
          {actions && <div className={css.actions}>{actions}</div>}
        </div>
        {lead && <div className={css.lead}>{lead}</div>}
      </header>
      {children}
    </div>
  );
}

interface PanelProps {
  title?: string;
  actions?: ReactNode;
  /** Content goes to the edges: tables, charts, previews. */
  flush?: boolean;
  children: ReactNode;
}

export function Panel({ title, actions, flush = false, children }: PanelProps) {
  return (
    <section className={css.panel} aria-label={title}>
      {(title || actions) && (
        <div className={css.panelHead}>
          {title && <h2>{title}</h2>}
          {actions && <div className={css.bar}>{actions}</div>}
        </div>
      )}
      <div className={flush ? css.flush : css.panelBody}>{children}</div>
    </section>
  );
}

interface SplitProps {
  aside: ReactNode;
  /** What stands on the right, for who does not see it. */
  label?: string;
  children: ReactNode;
}

/** The detail layout: the work on the left, what is known about it on the right; below each other when narrow. */
export function Split({ children, aside, label = "Facts" }: SplitProps) {
  return (
    <div className={css.split}>
      <div className={css.stack}>{children}</div>
      <aside className={css.stack} aria-label={label}>
        {aside}
      </aside>
    </div>
  );
}

export function Stack({ children }: { children: ReactNode }) {
  return <div className={css.stack}>{children}</div>;
}

/** A line of controls that wraps. */
export function Bar({ children }: { children: ReactNode }) {
  return <div className={css.bar}>{children}</div>;
}

export function Grow({ children }: { children: ReactNode }) {
  return <div className={css.grow}>{children}</div>;
}

export function Quiet({ children }: { children: ReactNode }) {
  return <span className={css.quiet}>{children}</span>;
}

export type Fact = readonly [name: string, value: ReactNode];

export function Facts({ facts }: { facts: readonly (Fact | null | false | undefined)[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(
        (fact) =>
          fact && (
            <Fragment key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </Fragment>
          ),
      )}
    </dl>
  );
}

/** Links that look like tabs: each view has its own address. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  const nav = useRef<HTMLElement>(null);
  const shown = useRef<Element>(null);
  // On a phone the tab of an opened link may stand out of sight.
  useEffect(() => {
    const here = nav.current?.querySelector("[aria-current]");
    if (!nav.current || !here || here === shown.current) return;
    shown.current = here;
    const [frame, tab] = [nav.current.getBoundingClientRect(), here.getBoundingClientRect()];
    nav.current.scrollLeft += Math.max(0, tab.right - frame.right) + Math.min(0, tab.left - frame.left);
  });
  return (
    <nav ref={nav} aria-label={label} className={css.tabs}>
      {children}
    </nav>
  );
}

export function TabCount({ children }: { children: ReactNode }) {
  return <span className={css.count}> {children}</span>;
}
